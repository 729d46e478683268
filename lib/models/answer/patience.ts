import type { StepPart } from "#lib/models/step.ts"

export interface PatienceLimits {
  /** Until the first byte of an answer, all tries of a step together. */
  firstByteMs: number
  /** Between two bytes after it. */
  silenceMs: number
  /** Until a person is told that the model takes its time. */
  tellAfterMs: number
}

/** How long one step waits for its model, over all its tries, and when it says so. */
export class Patience {
  readonly firstByteMs: number
  readonly silenceMs: number
  /** A part of the answer, or that it takes its time. */
  hasTold = false
  readonly #title: string
  readonly #startedAt = performance.now()
  readonly #tellAfterMs: number

  constructor(title: string, limits: PatienceLimits) {
    this.#title = title
    this.firstByteMs = limits.firstByteMs
    this.silenceMs = limits.silenceMs
    this.#tellAfterMs = limits.tellAfterMs
  }

  firstByteMsLeft(): number {
    return Math.max(0, this.firstByteMs - this.#elapsedMs())
  }

  isTimeToTell(): boolean {
    return !this.hasTold && this.#elapsedMs() >= this.#tellAfterMs
  }

  /** @returns true when it is time to tell before the promise settles; it is not awaited then */
  async isLate(promise: Promise<unknown>): Promise<boolean> {
    if (this.hasTold) return false
    const { promise: late, resolve } = Promise.withResolvers<boolean>()
    const waitMs = Math.max(0, this.#tellAfterMs - this.#elapsedMs())
    const timer = setTimeout(() => resolve(true), waitMs)
    const settled = () => resolve(false)
    promise.then(settled, settled)
    try {
      return await late
    } finally {
      clearTimeout(timer)
    }
  }

  /** @param hasBegun whether thoughts have come */
  tell(hasBegun: boolean): StepPart {
    this.hasTold = true
    const message = hasBegun
      ? `${this.#title} is still thinking.`
      : `${this.#title} has not answered yet. Still waiting.`
    return { type: "status", message }
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt
  }
}
