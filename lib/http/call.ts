import type { Runtime } from "#lib/runtime.ts"

/** The mount of the handlers that received the request. */
type Mount = "front" | "next"

/** Reserves memory for received bytes; throws when none is left. */
export type CountBytes = (bytes: number) => void

/** A request body that has not been read yet. */
export interface BodySource {
  /**
   * Reads the body, counting received bytes instead of trusting `Content-Length`.
   * @param bytesMax beyond it at most `discardBytesMax` more are read and discarded
   * @param count reserves memory before bytes are kept; its exception ends the read
   * @returns null when the body is larger than `bytesMax`
   * @throws when the client disconnects
   */
  read(bytesMax: number, discardBytesMax: number, count: CountBytes): Promise<Uint8Array | null>
}

/** One HTTP request, independent of any framework. */
export interface Call {
  readonly runtime: Runtime
  readonly mount: Mount
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: BodySource
  readonly requestId: string
  /** The client's address behind any proxies; empty = unknown. */
  readonly remoteAddress: string
  /** Whether the front handled the request and saw no sign of a proxy. */
  cameDirectly(): boolean
}

/** A single-valued header; duplicates are joined, so that no reader uses just one of them. */
export function header(call: Pick<Call, "headers">, name: string): string | undefined {
  const value = call.headers[name]
  return Array.isArray(value) ? value.join(", ") : value
}

export function toHeaders({ headers }: Pick<Call, "headers">): Headers {
  const made = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const line of [value ?? []].flat()) made.append(name, line)
  }
  return made
}
