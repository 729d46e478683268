import type { IncomingMessage } from "node:http"

import { AppError, notFound } from "#lib/errors.ts"

export const headersBytesMax = 16 * 1024
export const headersMax = 200

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
/** Node keeps the first of several or joins them, so duplicates would be ambiguous. */
const singleHeaders = new Set(["authorization", "idempotency-key", "host"])
const singleLengths = new Set([...singleHeaders].map((name) => name.length))

/** Checks a request before routing; null = no fault. */
export function findFault(request: IncomingMessage): AppError | null {
  if (!methods.has(request.method ?? "")) {
    return new AppError("method_not_allowed", "This server does not know that method.")
  }
  if (request.headers.host === undefined) {
    return new AppError("bad_request", "The Host header is missing.")
  }
  if (!isHost(request.headers.host)) {
    return new AppError("bad_request", "The Host header is not a host.")
  }
  if (request.rawHeaders.length >= headersMax * 2) {
    return new AppError("headers_too_large", `There are more than ${headersMax} headers.`)
  }
  return findRepeatedHeader(request.rawHeaders)
}

const hostForm = /^(?:\[[0-9a-f:.]+\]|[0-9a-z._~-]+)(?::\d{1,5})?$/i
let lastHost = ""

/** Next, and all code that builds absolute URLs, puts the Host header into a URL. */
function isHost(host: string): boolean {
  if (host === lastHost) return true
  if (!hostForm.test(host) || !URL.canParse(`http://${host}`)) return false
  lastHost = host
  return true
}

/** Pages are read-only: there are no server actions. */
const pageMethods = new Set(["GET", "HEAD"])
const wirePath = /^\/(?:v1\/.*|healthz|readyz|openapi\.json|api\/(?:auth\/.+|setup|invite|reset))$/
/** Files of the build. */
const buildFile = /^\/_next\/static\/./
/** Further paths of the development server. */
const developmentPath = /^\/(?:_next\/(?!image|data)|__nextjs)/

type PageKind = "page" | "file"

/** Whether the wire contract covers the path, if only with 404; everything else is a page or a file. */
export function isWirePath(path: string): boolean {
  return wirePath.test(path)
}

/** Classifies a request for Next; an error means Next never sees it. */
export function judgePage(method: string, path: string, isDev: boolean): PageKind | AppError {
  if (isDev && developmentPath.test(path)) return "file"
  if (!pageMethods.has(method)) {
    const headers = { Allow: [...pageMethods].join(", ") }
    return new AppError("method_not_allowed", "Pages are only read.", { headers })
  }
  if (buildFile.test(path)) return "file"
  // Next's internal endpoints: image optimizer, page data, error pages that answer 500.
  return path.startsWith("/_") ? notFound() : "page"
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
