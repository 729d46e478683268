import { setTimeout as delay } from "node:timers/promises"

/**
 * Runs a task again and again, `everyMs` after it has ended, until `signal` aborts. A failure is
 * told to `onFailure`, and the task is tried again.
 */
export async function repeat(
  everyMs: number,
  signal: AbortSignal,
  task: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await delay(everyMs, null, { signal, ref: false }).catch(() => null)
    if (signal.aborted) return
    try {
      await task()
    } catch (error) {
      onFailure(error)
    }
  }
}
