import { setTimeout as delay } from "node:timers/promises"

/**
 * Repeats a task, `everyMs` after each run, until `signal` aborts. A failure is reported to
 * `onFailure`, and the task runs again.
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
