import { AppError, isAppError, unavailable } from "./errors.ts"

/** Makes any thrown value one that can be shown; what was private stays in its cause. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  if (isPassing(thrown)) {
    return unavailable("Something this needs is away for a moment. Try again.", thrown)
  }
  return new AppError("internal", "Something went wrong on our side.", { cause: thrown })
}

/** SQLSTATEs and socket errors that mean "not now", not "our fault". */
const passingCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  // Serialization, deadlock, lock and statement timeouts.
  "40001",
  "40P01",
  "55P03",
  "57014",
  "25P03",
  // Read-only standby, in recovery, out of something.
  "25006",
  "53000",
  "53100",
  "53200",
  "53300",
  "53400",
  "58000",
  "58030",
])
/** Connection exceptions and operator intervention (shutdown, crash, cannot connect now). */
const passingClasses = ["08", "57P"]

/** Whether a dependency is away for the moment; errors of libraries come wrapped in causes. */
export function isPassing(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < 5 && typeof current === "object" && current !== null; depth++) {
    const code = "code" in current ? current.code : undefined
    if (typeof code === "string") {
      if (passingCodes.has(code) || passingClasses.some((prefix) => isSqlClass(code, prefix)))
        return true
    }
    current = "cause" in current ? current.cause : undefined
  }
  return false
}

function isSqlClass(code: string, prefix: string): boolean {
  return code.length === 5 && code.startsWith(prefix)
}
