import { isIP } from "node:net"
import { checkServerIdentity, type PeerCertificate } from "node:tls"

import type { DatabaseAddress } from "#lib/settings/database-address.ts"

/** An address in the words of the `postgres` driver, which knows less than libpq when it reads one. */
export function driverOptions(address: DatabaseAddress) {
  const { socket, hosts, ports, user, password, database, options } = address
  return {
    ...(socket === undefined ? places(hosts, ports) : { path: socket }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(address.isPrimaryWanted ? { target_session_attrs: "read-write" as const } : {}),
    ssl: tlsOptions(address),
    /** For the first message of a connection. */
    startup: (options === undefined ? {} : { options }) as Readonly<Record<string, string>>,
  }
}

/** The driver takes lists, though its types do not say so; in a text it would cut IPv6 addresses. */
function places(hosts: string[], ports: number[]): { host: string; port: number } {
  return { host: hosts, port: ports } as unknown as { host: string; port: number }
}

function tlsOptions({ tls, hosts }: DatabaseAddress) {
  if (tls === false || tls === "prefer") return tls
  const { check, ...files } = tls
  return {
    ...files,
    rejectUnauthorized: check !== "nothing",
    checkServerIdentity: (name: string, certificate: PeerCertificate) =>
      check === "name" ? identityFault(hosts, name, certificate) : undefined,
  }
}

/** For an address instead of a name Node would ask whether the certificate is for `localhost`. */
function identityFault(hosts: string[], name: string, certificate: PeerCertificate) {
  const names = hosts.includes(name) ? [name] : hosts.filter((host) => isIP(host) !== 0)
  const faults = names.map((host) => checkServerIdentity(host, certificate))
  return faults.includes(undefined) ? undefined : (faults[0] ?? new Error("no name to check"))
}
