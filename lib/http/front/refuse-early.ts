import type { IncomingMessage } from "node:http"

import { AppError } from "#lib/errors.ts"

export const urlBytesMax = 8 * 1024
export const headersBytesMax = 16 * 1024
export const headersMax = 200

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
/** Of several of these Node keeps the first or joins them, so nobody would know which was meant. */
const singleHeaders = new Set(["authorization", "idempotency-key", "host"])
const singleLengths = new Set([...singleHeaders].map((name) => name.length))

/** What is wrong with a request before anyone looks at what it asks for; null = nothing. */
export function findFault(request: IncomingMessage): AppError | null {
  if (!methods.has(request.method ?? "")) {
    return new AppError("method_not_allowed", "This server does not know that method.")
  }
  if (request.headers.host === undefined) {
    return new AppError("bad_request", "The Host header is missing.")
  }
  const url = request.url ?? ""
  // In any other form it names a host of its own choice, and only proxies are asked like that.
  if (!url.startsWith("/") && url !== "*") {
    return new AppError("bad_request", "The address must begin with a slash.")
  }
  if (url.length > urlBytesMax) {
    return new AppError("uri_too_long", "The address is longer than 8 KiB.")
  }
  if (request.rawHeaders.length >= headersMax * 2) {
    return new AppError("headers_too_large", `There are more than ${headersMax} headers.`)
  }
  return findRepeatedHeader(request.rawHeaders)
}

/** Of pages only these are asked for: there are no server actions, and nothing may be sent to them. */
const pageMethods = new Set(["GET", "HEAD"])
/** Endpoints of ours, and what Next serves itself. */
const noPage = /^\/(?:api\/|_next\/|__nextjs)/

/** What is wrong with a request for a page before Next sees it; null = nothing. */
export function findPageFault(method: string, path: string): AppError | null {
  if (!isDecodable(path)) return new AppError("bad_request", "This address cannot be read.")
  if (pageMethods.has(method) || noPage.test(path)) return null
  const headers = { Allow: [...pageMethods].join(", ") }
  return new AppError("method_not_allowed", "Pages are only read.", { headers })
}

/** Next would answer 500. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}

function findRepeatedHeader(rawHeaders: readonly string[]): AppError | null {
  let seen = ""
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ""
    if (!singleLengths.has(name.length)) continue
    const lower = name.toLowerCase()
    if (!singleHeaders.has(lower)) continue
    if (seen.includes(lower)) return new AppError("invalid_header", `Send one ${name} header.`)
    seen += lower
  }
  return null
}
