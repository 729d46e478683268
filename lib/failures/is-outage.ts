/**
 * SQLSTATE classes that concern the server or the connection, not the statement: connection,
 * authorization, rollback by the server, resources, locks and states, operator intervention, system.
 */
const serverClasses = new Set(["08", "28", "40", "53", "55", "57", "58"])
/** Such states in other classes: a standby, an idle or long transaction, a missing database. */
const serverStates = new Set(["25006", "25P03", "25P04", "3D000"])
const sqlState = /^[0-9A-Z]{5}$/
/** Codes of the driver, of sockets and name lookup, of TLS. */
const networkCode =
  /^(?:CONNECT_TIMEOUT|CONNECTION_[A-Z]+|ECONN[A-Z]+|EPIPE|ETIMEDOUT|E(?:HOST|NET)(?:UNREACH|DOWN)|ENOTFOUND|EAI_[A-Z]+|EADDRNOTAVAIL|ENOENT|EMFILE|ENFILE|ERR_(?:TLS|SSL)_[A-Z_]+|CERT_[A-Z_]+|[A-Z_]*SELF_SIGNED_CERT[A-Z_]*|UNABLE_TO_[A-Z_]+)$/
const causesMax = 5

/**
 * Whether an error is transient: PostgreSQL, Redis or the connection to them is down, so a retry may
 * succeed. Any other error would recur. This is the only place that decides it.
 */
export function isOutage(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < causesMax; depth += 1) {
    if (typeof current !== "object" || current === null) return false
    if ("code" in current && typeof current.code === "string" && isOutageCode(current.code)) {
      return true
    }
    current = "cause" in current ? current.cause : undefined
  }
  return false
}

function isOutageCode(code: string): boolean {
  // Our own code for a dependency that missed its deadline.
  if (code === "unavailable" || networkCode.test(code)) return true
  return sqlState.test(code) && (serverClasses.has(code.slice(0, 2)) || serverStates.has(code))
}
