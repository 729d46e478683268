import { readTls, type Tls } from "./database-tls.ts"
import type { Reading } from "./reading.ts"

/** Connection parameters of a PostgreSQL server; absent ones use the driver's defaults. */
export interface DatabaseAddress {
  /** Names or addresses, tried in order; empty = the Unix socket, or localhost. */
  hosts: string[]
  /** One per host, or the one in the socket's name. */
  ports: number[]
  /** Path of a Unix socket. */
  socket?: string
  user?: string
  password?: string
  database?: string
  tls: Tls
  /** Of several hosts, only connect to one that accepts writes. */
  isPrimaryWanted: boolean
  /** `-c name=value …`, in libpq's syntax. */
  options?: string
}

const portUsual = 5432
const like = "like postgres://user:password@host:5432/database"
const escape =
  "in a user or password write % as %25, # as %23, @ as %40, : as %3A, / as %2F, ? as %3F"

/**
 * Parses a PostgreSQL connection URI: several hosts, sockets, TLS, percent-encoding everywhere.
 * @returns a fault that reveals nothing of the text but parameter names
 * @see https://www.postgresql.org/docs/current/libpq-connect.html "Connection URIs"
 */
export function readDatabaseAddress(text: string): Reading<DatabaseAddress> {
  const scheme = /^([a-z][a-z\d+.-]{0,30}):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== "postgres" && scheme !== "postgresql") return { fault: schemeFault(scheme) }
  if (text.includes("#")) return { fault: `has a # in it; ${escape}` }
  const parts =
    /^\w+:\/\/(?:([^/?@]*)@)?([^/?@]*)(?:\/([^?@]*))?(?:\?([^@]*))?$/su.exec(text) ?? undefined
  if (parts === undefined) return { fault: `cannot be read; ${escape}` }
  const [, login, authority = "", path, query = ""] = parts
  const decoded = decodeAll({ login: login ?? "", authority, path: path ?? "" })
  const parameters = readParameters(query)
  if (decoded === null || parameters === null) {
    return { fault: `has a % in it that stands for no letter; ${escape}` }
  }
  if (decoded.path.includes("/")) return { fault: `must have one name after the host, ${like}` }
  const odd = [...parameters.keys()].find((name) => !known.has(name))
  if (odd !== undefined) return { fault: parameterFault(odd) }
  return assemble(login, authority, decoded.path, parameters)
}

function schemeFault(scheme: string | undefined): string {
  const begin = `must begin with postgres:// or postgresql://, ${like}`
  if (scheme === "jdbc") return `${begin}; jdbc: is for Java`
  if (scheme === "mysql" || scheme === "mariadb" || scheme === "sqlite" || scheme === "file") {
    return `${begin}; the Studio needs PostgreSQL`
  }
  return begin
}

function decodeAll<T extends Record<string, string>>(encoded: T): T | null {
  try {
    const entries = Object.entries(encoded).map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ])
    return Object.fromEntries(entries) as T
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

/** Query parameters; a plus stays a plus, and the last of several duplicates wins. */
function readParameters(query: string): Map<string, string> | null {
  const parameters = new Map<string, string>()
  for (const pair of query.split("&")) {
    if (pair === "") continue
    const [name = "", ...rest] = pair.split("=")
    const decoded = decodeAll({ name, value: rest.join("=") })
    if (decoded === null) return null
    if (decoded.value !== "") parameters.set(decoded.name, decoded.value)
  }
  return parameters
}

/** The Studio sets the last line's parameters itself. */
const known = new Set(
  `host port user password dbname options target_session_attrs
  sslmode ssl sslrootcert sslcert sslkey sslnegotiation channel_binding
  application_name fallback_application_name connect_timeout client_encoding keepalives
  keepalives_idle keepalives_interval keepalives_count`.split(/\s+/),
)

const prisma = new Set([
  "pgbouncer",
  "schema",
  "connection_limit",
  "pool_timeout",
  "socket_timeout",
])

function parameterFault(name: string): string {
  if (prisma.has(name)) {
    const why =
      name === "schema"
        ? "; tables lie in the schema public"
        : name === "pgbouncer"
          ? "; drivers hold session locks, so connect to PostgreSQL itself and not to a pooler"
          : ""
    return `has the parameter ${name}, which is Prisma's: leave it out${why}`
  }
  return `has a parameter that is not known: ${name.slice(0, 40)}`
}

function assemble(
  login: string | undefined,
  authority: string,
  path: string,
  parameters: Map<string, string>,
): Reading<DatabaseAddress> {
  const places = readPlaces(parameters.get("host") ?? "", authority, parameters.get("port"))
  if ("fault" in places) return places
  const tls = readTls(parameters)
  if ("fault" in tls) return tls
  const target = parameters.get("target_session_attrs") ?? "any"
  if (!["any", "read-write", "primary"].includes(target)) {
    return { fault: "must lead to a server that takes writes: target_session_attrs=read-write" }
  }
  const [user, ...secret] = (login ?? "").split(":").map((part) => decodeURIComponent(part))
  const optional = {
    user: parameters.get("user") ?? user,
    password: parameters.get("password") ?? secret.join(":"),
    database: parameters.get("dbname") ?? path,
    options: parameters.get("options"),
  }
  const set = Object.entries(optional).filter(([, value]) => value !== undefined && value !== "")
  return {
    value: {
      ...places.value,
      ...Object.fromEntries(set),
      tls: places.value.socket === undefined ? tls.value : false,
      isPrimaryWanted: target !== "any",
    },
  }
}

type Places = Pick<DatabaseAddress, "hosts" | "ports" | "socket">

function readPlaces(named: string, authority: string, port = ""): Reading<Places> {
  const ports = port.split(",")
  const entries = (named === "" ? authority : named).split(",")
  const hosts: string[] = []
  const numbers: number[] = []
  for (const [index, entry] of entries.entries()) {
    const [, host = "", ownPort = ""] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(entry) ?? []
    const number = readPort(ports[index] ?? ports.at(-1) ?? "", ownPort)
    if (number === null)
      return { fault: `must have a port from 1 to 65535 after the host, ${like}` }
    numbers.push(number)
    hosts.push(decodeURIComponent(host).replaceAll(/^\[|\]$/g, "") || "localhost")
  }
  const [folder = ""] = hosts
  if (folder.startsWith("/") && hosts.length === 1) {
    const file = `${folder.replace(/\/+$/, "")}/.s.PGSQL.${numbers[0]}`
    return { value: { hosts: [], ports: numbers, socket: file } }
  }
  if (hosts.some((host) => !/^[\w.:%-]{1,253}$/.test(host))) {
    return { fault: `has a host that cannot be read; ${escape}` }
  }
  return { value: { hosts, ports: numbers } }
}

/** The first given port, else the default. */
function readPort(...given: string[]): number | null {
  const text = given.find((one) => one !== "")
  if (text === undefined) return portUsual
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

/** The location in readable form, without user, password and database. */
export function placeOf({ hosts, ports, socket }: DatabaseAddress): string {
  if (socket !== undefined) return socket
  const names = hosts.map((host) => (host.includes(":") ? `[${host}]` : host))
  return names.map((name, index) => `${name}:${ports[index]}`).join(", ")
}
