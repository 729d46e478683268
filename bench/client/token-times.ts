import { nowMicros } from "../now.ts"

export interface TokenTimes {
  /** From written by the model to received here, in ms. */
  fromEmit: number[]
  /** From due at the model to received here, in ms. */
  fromDue: number[]
  /** Tokens over all streams. */
  count: number
}

const token = /~(\d+)\/(\d+)~/g

/**
 * Reads the tokens in some frames; tokens due before `sinceMicros` are counted but not timed.
 * @returns the number of tokens
 */
export function noteTokens(frames: string, times: TokenTimes, sinceMicros: number): number {
  const now = nowMicros()
  let count = 0
  // The terminal event repeats the whole text.
  const end = frames.indexOf("event: final\n")
  const live = end < 0 ? frames : frames.slice(0, end)
  for (const [, emitted, due] of live.matchAll(token)) {
    count += 1
    if (Number(due) < sinceMicros) continue
    times.fromEmit.push((now - Number(emitted)) / 1_000)
    times.fromDue.push((now - Number(due)) / 1_000)
  }
  times.count += count
  return count
}
