import { setTimeout as sleep } from "node:timers/promises"

interface WaitOptions {
  timeoutMs?: number
  /**
   * Default: short intervals first, then longer ones, because polling uses CPU time the condition
   * needs.
   */
  everyMs?: number
}

/**
 * Waits until `condition` returns something other than false, null or undefined.
 * @returns its result
 * @throws Error after the timeout, with the condition's source
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
