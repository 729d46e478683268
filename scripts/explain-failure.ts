import { isAppError } from "#lib/errors.ts"
import { redact } from "#lib/log.ts"

/** Ends a script with a readable message; unexpected errors keep their stack. */
export function explainFailure(error: unknown): never {
  console.error(`\n${redact(describe(error))}`)
  process.exit(1)
}

function describe(error: unknown): string {
  if (isAppError(error)) return error.message
  if (!(error instanceof Error)) return String(error)
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  if (code === "EACCES" && "path" in error) {
    return `A folder of the Studio belongs to another user. Was it started as root before?\n(${error.message})`
  }
  // System errors already name the file or address.
  if ("syscall" in error || isWritten(error, code)) return error.message
  return error.stack ?? error.message
}

/** Our own errors start with a sentence; a programming error is a TypeError or similar. */
function isWritten(error: Error, code: string): boolean {
  return code === "" && error.constructor === Error
}
