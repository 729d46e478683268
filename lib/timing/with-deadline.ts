import { unavailable } from "#lib/errors.ts"

/**
 * Stops waiting after `limitMs`; the work itself has its own limits and may still finish.
 * @throws AppError unavailable
 */
export function withDeadline<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          unavailable("This took too long. Try again.", new Error(`no answer in ${limitMs} ms`)),
        ),
      limitMs,
    )
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
