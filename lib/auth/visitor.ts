import { cameDirectly, readAddress } from "#lib/addresses/client-address.ts"

/** A request to the account pages and endpoints, which ask for no credential. */
export interface Visitor {
  headers: Headers
  /** Of the client; null when it is not known. */
  address: string | null
  /** The front has seen the request, and nothing on it shows a proxy. */
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

/** The address the browser used, whatever the server in front calls itself. */
export function ownUrl(path: string, { headers }: Visitor, publicUrl: string | undefined): URL {
  return new URL(path, publicUrl ?? `http://${headers.get("host") ?? "localhost"}`)
}
