import { readFileSync } from "node:fs"

import type { Reading } from "./reading.ts"

/**
 * Encryption of the PostgreSQL connection: off; opportunistic; or required, with the certificate
 * unchecked, verified against an authority, or also matched with the host name.
 */
export type Tls = false | "prefer" | ({ check: "nothing" | "authority" | "name" } & Files)

interface Files {
  ca?: string
  cert?: string
  key?: string
}

const modes = ["disable", "allow", "prefer", "require", "no-verify", "verify-ca", "verify-full"]

/**
 * Parses `sslmode` and the certificates of a connection URI like libpq, except that without `sslmode`
 * there is no encryption.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function readTls(parameters: ReadonlyMap<string, string>): Reading<Tls> {
  const mode = parameters.get("sslmode") ?? modeOfSsl(parameters.get("ssl"))
  if (mode !== undefined && !modes.includes(mode)) {
    return { fault: `must have an sslmode that is ${modes.join(", ")}` }
  }
  if (parameters.get("sslnegotiation") === "direct") {
    return { fault: "must not have sslnegotiation=direct" }
  }
  if (parameters.get("channel_binding") === "require") {
    return { fault: "must not have channel_binding=require, which the driver does not know" }
  }
  const files = readFiles(parameters)
  if ("fault" in files) return files
  const root = parameters.get("sslrootcert")
  const always = (check: "nothing" | "authority" | "name"): Reading<Tls> => ({
    value: { check, ...files.value },
  })
  if (root === "system" || mode === "verify-full") return always("name")
  if (mode === "verify-ca" || (mode === "require" && root !== undefined)) return always("authority")
  if (mode === "require" || mode === "no-verify") return always("nothing")
  return { value: mode === "allow" || mode === "prefer" ? "prefer" : false }
}

function modeOfSsl(ssl: string | undefined): string | undefined {
  if (ssl === "true" || ssl === "1") return "verify-full"
  return ssl === "false" || ssl === "0" ? "disable" : ssl
}

function readFiles(parameters: ReadonlyMap<string, string>): Reading<Files> {
  const files: Files = {}
  for (const [field, name] of [
    ["ca", "sslrootcert"],
    ["cert", "sslcert"],
    ["key", "sslkey"],
  ] as const) {
    const file = parameters.get(name)
    // "system" = Node's bundled certificate authorities.
    if (file === undefined || file === "system") continue
    try {
      files[field] = readFileSync(file, "utf8")
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error
      return { fault: `names a file as ${name} that cannot be read (${String(error.code)})` }
    }
  }
  return { value: files }
}
