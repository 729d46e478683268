import type { IncomingMessage } from "node:http"

import { noteAddress } from "#lib/addresses/client-address.ts"

interface AccountRequestOptions {
  address?: string
  host?: string
  cookie?: string
  userAgent?: string
  /** Headers of a browser, proxy or attacker; null = not sent. */
  headers?: Record<string, string | null>
  httpVersion?: "1.0" | "1.1"
}

/** A request of one of our own pages to an account endpoint, as the front forwards it. */
export function accountRequest(
  path: string,
  body: object,
  options: AccountRequestOptions = {},
): Request {
  const host = options.host ?? "studio.test"
  const origin = `http://${host}`
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "sec-fetch-site": "same-origin",
    "user-agent": options.userAgent ?? "tests",
    origin,
    host,
    ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === null) delete headers[name]
    else headers[name] = value
  }
  const incoming = asIncoming(headers, options.address ?? "203.0.113.7", options.httpVersion)
  noteAddress(incoming, { kind: "count", count: 0 })
  return new Request(`${origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
}

/** The `Cookie` header that a browser sends after a response. */
export function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? ""
}

/** The parts of a request that the front uses to determine its address. */
function asIncoming(
  headers: Record<string, string>,
  remoteAddress: string,
  httpVersion = "1.1",
): IncomingMessage {
  const httpVersionMinor = httpVersion === "1.0" ? 0 : 1
  const request = { headers, socket: { remoteAddress }, httpVersionMajor: 1, httpVersionMinor }
  return request as unknown as IncomingMessage
}
