/** Waits a moment, or less when the signal aborts: it then resolves as well. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

/**
 * How long to wait before a try: exponential with full jitter, so that clients cut off together do
 * not come back together.
 * @param tries failures so far, 1 or more
 */
export function backoffMs(tries: number, random: () => number, baseMs = 500, capMs = 15_000) {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(tries - 1, 10))
  return 100 + Math.round(random() * ceiling)
}

export const wait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener("abort", finish)
  })
