import { placeOf, readDatabaseAddress } from "#lib/settings/database-address.ts"

/**
 * Does `work` with a database, and says what fails there in a sentence that names DATABASE_URL.
 * @throws Error with the fault as its cause; what does not come from the database, as it is
 */
export async function withDatabaseWords<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const sentence = explain(error, url)
    if (sentence === null) throw error
    throw new Error(sentence, { cause: error })
  }
}

const untrusted =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/

function explain(error: unknown, url: string): string | null {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) return null
  const { code } = error
  const address = readDatabaseAddress(url)
  const place = "fault" in address ? "there" : placeOf(address.value)
  if (untrusted.test(code)) {
    return `The certificate of PostgreSQL at ${place} is not trusted (${code}): name its authority in DATABASE_URL with sslrootcert=/path, or use sslmode=require, which does not check it.`
  }
  if (code === "42501" && error.message.includes("extension")) return noExtension
  if (error.name === "PostgresError") {
    const known = refused[code] ?? `PostgreSQL at ${place} (DATABASE_URL) refuses it (${code}):`
    // The server's own words name roles, databases and rights, and no password.
    return `${known} (${error.message})`
  }
  const isOfDriver = code.startsWith("CONNECT") || isOfSocket(error)
  return isOfDriver ? (unreachable[code]?.(place) ?? null) : null
}

function isOfSocket(error: Error): boolean {
  return (
    "syscall" in error &&
    ["connect", "read", "write", "getaddrinfo"].includes(String(error.syscall))
  )
}

const noExtension =
  "The role in DATABASE_URL may not create extensions: let an administrator run CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin; in that database once."
const silent = (place: string) => `PostgreSQL does not answer at ${place} (DATABASE_URL) in time.`
const unknownHost = (place: string) => `The host in DATABASE_URL is not known: ${place}.`
const noPostgres = (place: string) =>
  `What is at ${place} (DATABASE_URL) closes the connection: it is no PostgreSQL, or does not encrypt (sslmode=disable).`

const unreachable: Record<string, ((place: string) => string) | undefined> = {
  ECONNREFUSED: (place) =>
    `PostgreSQL does not answer at ${place}. Start it, or unset DATABASE_URL.`,
  ENOENT: (place) => `There is no socket of PostgreSQL at ${place} (DATABASE_URL).`,
  EACCES: (place) => `The socket of PostgreSQL at ${place} (DATABASE_URL) may not be opened.`,
  CONNECT_TIMEOUT: silent,
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  ENETUNREACH: silent,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ECONNRESET: noPostgres,
  CONNECTION_CLOSED: noPostgres,
}

const refused: Record<string, string | undefined> = {
  "28P01": "PostgreSQL refuses the user or the password in DATABASE_URL.",
  "28000": "PostgreSQL lets nobody in with the user, database and encryption in DATABASE_URL.",
  "3D000": "The database in DATABASE_URL does not exist; create it first.",
  "42501":
    "The role in DATABASE_URL lacks a right; it needs GRANT USAGE, CREATE ON SCHEMA public, and to own the Studio's tables.",
  "3F000": "The database in DATABASE_URL has no schema public: CREATE SCHEMA public.",
  "53300":
    "PostgreSQL has no connection left for the role, the database or the server in DATABASE_URL.",
  "57P03": "PostgreSQL in DATABASE_URL is starting up or shutting down; try again in a moment.",
  "25006": "The PostgreSQL in DATABASE_URL takes no writes.",
  "08P01":
    "What is in DATABASE_URL does not take the settings of a connection: a pooler cannot be between, drivers hold session locks.",
}
