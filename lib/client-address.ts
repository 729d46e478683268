import { randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

import type { TrustedProxies } from "#lib/trusted-proxies.ts"

/** No proxy chain is longer; what stands farther away in the header is not looked at. */
const hopsMax = 32

/**
 * The address a request comes from: the socket's, unless that is a proxy we were told to trust; then
 * what the proxies say, from the last one backwards, as far as they are trusted.
 */
export function clientAddress(request: IncomingMessage, trusted: TrustedProxies): string {
  let address = plain(request.socket.remoteAddress ?? "")
  const claims = forwardedFor(request).slice(-hopsMax)
  for (let hop = 0; isTrustedHop(trusted, address, hop); hop++) {
    const claim = plain(claims.pop() ?? "")
    if (isIP(claim) === 0) break
    address = claim
  }
  return address
}

function isTrustedHop(trusted: TrustedProxies, address: string, hop: number): boolean {
  return trusted.kind === "count" ? hop < trusted.count : trusted.isTrusted(address)
}

function forwardedFor({ headers }: IncomingMessage): string[] {
  const value = headers["x-forwarded-for"]
  const text = Array.isArray(value) ? value.join(",") : value
  return text === undefined || text === "" ? [] : text.split(",")
}

/** Without port, brackets and zone; IPv4 as such where it came mapped into IPv6. */
function plain(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[([^\]]{0,64})\](?::\d{1,5})?$/, "$1")
    .replace(/^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/, "$1")
    .replace(/%.{0,32}$/, "")
    .toLowerCase()
  return bare.replace(/^::ffff:(?=\d{1,3}\.)/, "")
}

const slot = Symbol.for("studio.address-header")
const shared = globalThis as { [slot]?: string }
/** Next hands on headers and no socket; nobody outside this process can guess this name. */
const header = (shared[slot] ??= `x-studio-address-${randomBytes(12).toString("hex")}`)

/** Lets `readAddress` find the address behind Next. */
export function noteAddress(request: IncomingMessage, trusted: TrustedProxies): void {
  request.headers[header] = clientAddress(request, trusted)
}

/** The address noted by the front; empty under plain `next start`. */
export function readAddress(headers: Headers): string {
  return headers.get(header) ?? ""
}
