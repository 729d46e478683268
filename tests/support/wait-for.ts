import { setTimeout as sleep } from "node:timers/promises"

interface WaitOptions {
  timeoutMs?: number
  /** Else soon at first, then less and less often: to ask costs the processor that is waited for. */
  everyMs?: number
}

/**
 * Waits until `condition` returns something that is neither false, null nor undefined.
 * @returns what it returned
 * @throws Error after the timeout, with the condition's text
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs }: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = everyMs ?? 10; ; pauseMs = everyMs ?? Math.min(pauseMs * 1.5, 50)) {
    const value = await condition()
    if (value !== false && value !== null && value !== undefined) {
      return value as NonNullable<Exclude<T, false>>
    }
    if (performance.now() > deadline) {
      throw new Error(`Not true within ${timeoutMs} ms: ${condition.toString()}`)
    }
    await sleep(pauseMs)
  }
}
