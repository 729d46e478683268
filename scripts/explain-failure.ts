import { isAppError } from "#lib/errors.ts"
import { redact } from "#lib/log.ts"

/** Ends a script with a sentence for people; what is not foreseen comes with its stack. */
export function explainFailure(error: unknown): never {
  console.error(`\n${redact(describe(error))}`)
  process.exit(1)
}

function describe(error: unknown): string {
  if (isAppError(error)) return error.message
  if (!(error instanceof Error)) return String(error)
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  const sentence = sentences[code]
  if (sentence !== undefined) return `${sentence}\n(${code}: ${error.message})`
  return code === "" && isWritten(error) ? error.message : (error.stack ?? error.message)
}

const sentences: Record<string, string | undefined> = {
  EADDRINUSE: "That port is taken. Stop who has it, or choose another: PORT=3001 npm run dev",
  ECONNREFUSED: "PostgreSQL does not answer at DATABASE_URL. Start it, or unset DATABASE_URL.",
  CONNECT_TIMEOUT: "PostgreSQL does not answer at DATABASE_URL in time.",
  ENOTFOUND: "The host in DATABASE_URL is not known.",
  EACCES: "A folder of the Studio belongs to another user. Was it started as root before?",
  "28P01": "PostgreSQL refuses the user or the password in DATABASE_URL.",
  "3D000": "The database in DATABASE_URL does not exist; create it first.",
}

/** Errors of our own start with a sentence; a programming error is a TypeError and the like. */
function isWritten(error: Error): boolean {
  return error.constructor === Error
}
