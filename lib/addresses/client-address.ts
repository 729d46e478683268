import { randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

import type { TrustedProxies } from "./trusted-proxies.ts"

/** No real proxy chain is longer; more distant hops in the header are ignored. */
const hopsMax = 32

/**
 * A request's client address: the socket's, unless it is a trusted proxy; then the forwarded address,
 * read from the last hop backwards through trusted proxies.
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

/** Strips port, brackets and zone, and unmaps IPv4-mapped IPv6 addresses. */
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
 * Headers that only proxies add; browsers send none of these.
 * @see RFC 7239, "Forwarded", and RFC 9110, "Via"
 */
const proxyHeader =
  /^(?:forwarded(?:-for)?|via|cdn-loop|client-ip|true-client-ip|(?:cf|fastly|fly|incap|akamai)-.+|x-(?:forwarded.*|real-ip|client-ip|cluster-client-ip|remote-(?:ip|addr)|original-.+|proxy.*|scheme|host|arr-.+|(?:amzn|azure|appengine|envoy|cloud|vercel|nf|gfe|google|sucuri|request)-.+))$/

/**
 * Whether a proxy forwarded the request. HTTP/1.0 counts as forwarded too: browsers have not spoken it
 * for decades, and nginx uses it for upstreams by default.
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
/** Next passes on headers but no socket; the random name cannot be guessed outside this process. */
const header = (shared[slot] ??= `x-studio-address-${randomBytes(12).toString("hex")}`)
/** Noted before Next, which adds `x-forwarded-…` to every request itself. */
const directHeader = `${header}-direct`

/** Passes the client address through Next to `readAddress` and `cameDirectly`. */
export function noteAddress(request: IncomingMessage, trusted: TrustedProxies): void {
  const isDirect = !isForwarded(request)
  request.headers[header] = clientAddress(request, trusted)
  request.headers[directHeader] = isDirect ? "yes" : "no"
}

/** The address noted by the front; empty under plain `next start`. */
export function readAddress(headers: Headers): string {
  return headers.get(header) ?? ""
}

/** Whether the front saw no sign of a proxy on the request. */
export function cameDirectly(headers: Headers): boolean {
  return headers.get(directHeader) === "yes"
}
