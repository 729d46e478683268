import type { IncomingMessage } from "node:http"

import { noteAddress } from "#lib/client-address.ts"

interface AccountRequestOptions {
  address?: string
  host?: string
  cookie?: string
  userAgent?: string
}

/** A request of one of our own pages to an account endpoint, as the front hands it on. */
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
  noteAddress(asIncoming(headers, options.address ?? "203.0.113.7"), { kind: "count", count: 0 })
  return new Request(`${origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
}

/** The `Cookie` header that an answer makes a browser send. */
export function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? ""
}

/** As much of a request as a front looks at for its address. */
function asIncoming(headers: Record<string, string>, remoteAddress: string): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage
}
