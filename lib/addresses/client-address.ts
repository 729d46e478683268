import { randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

import type { TrustedProxies } from "./trusted-proxies.ts"

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

/**
 * Headers that only proxies add, whoever made them. A browser sends none of these.
 * @see RFC 7239, "Forwarded", and RFC 9110, "Via"
 */
const proxyHeader =
  /^(?:forwarded(?:-for)?|via|cdn-loop|client-ip|true-client-ip|(?:cf|fastly|fly|incap|akamai)-.+|x-(?:forwarded.*|real-ip|client-ip|cluster-client-ip|remote-(?:ip|addr)|original-.+|proxy.*|scheme|host|arr-.+|(?:amzn|azure|appengine|envoy|cloud|vercel|nf|gfe|google|sucuri|request)-.+))$/

/**
 * Whether a request shows that a proxy has passed it on. Of HTTP/1.0 it is one as well: browsers have
 * not spoken it for decades, and nginx does to what it stands before unless told otherwise.
 */
export function isForwarded({
  headers,
  httpVersionMajor,
  httpVersionMinor,
}: IncomingMessage): boolean {
  if (httpVersionMajor === 1 && httpVersionMinor === 0) return true
  return Object.keys(headers).some((name) => proxyHeader.test(name))
}

const slot = Symbol.for("studio.address-header")
const shared = globalThis as { [slot]?: string }
/** Next hands on headers and no socket; nobody outside this process can guess this name. */
const header = (shared[slot] ??= `x-studio-address-${randomBytes(12).toString("hex")}`)
/** Noted before Next, which adds `x-forwarded-…` to every request itself. */
const directHeader = `${header}-direct`

/** Lets `readAddress` and `cameDirectly` find what the front knows behind Next. */
export function noteAddress(request: IncomingMessage, trusted: TrustedProxies): void {
  const isDirect = !isForwarded(request)
  request.headers[header] = clientAddress(request, trusted)
  request.headers[directHeader] = isDirect ? "yes" : "no"
}

/** The address noted by the front; empty under plain `next start`. */
export function readAddress(headers: Headers): string {
  return headers.get(header) ?? ""
}

/** Whether the front has seen a request on which nothing shows a proxy. */
export function cameDirectly(headers: Headers): boolean {
  return headers.get(directHeader) === "yes"
}
