import { cameDirectly, readAddress } from "#lib/addresses/client-address.ts"

/** An unauthenticated request to the account pages and endpoints. */
export interface Visitor {
  headers: Headers
  /** The client's address; null when unknown. */
  address: string | null
  /** The front handled the request and saw no sign of a proxy. */
  cameDirectly: boolean
  /** For audit records; null for a page. */
  requestId: string | null
}

/** The visitor of a page, from the headers that the front has completed. */
export function visitorOf(headers: Headers): Visitor {
  return {
    headers,
    address: readAddress(headers) || null,
    cameDirectly: cameDirectly(headers),
    requestId: null,
  }
}

/** A URL under the origin the browser used, regardless of the upstream server's own name. */
export function ownUrl(path: string, { headers }: Visitor, publicUrl: string | undefined): URL {
  return new URL(path, publicUrl ?? `http://${headers.get("host") ?? "localhost"}`)
}
