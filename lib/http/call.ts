import type { Runtime } from "#lib/runtime.ts"

/** Which mount of the handlers took the request. */
type Mount = "front" | "next"

/** Told of bytes that have arrived; throws when there is no room for them. */
export type CountBytes = (bytes: number) => void

/** A request body that nobody has read yet. */
export interface BodySource {
  /**
   * Reads the body, counting whatever `Content-Length` says.
   * @param bytesMax beyond it at most `discardBytesMax` more are read and thrown away
   * @returns null when the body is larger than `bytesMax`
   * @param count is asked before bytes are kept; what it throws ends the reading
   * @throws when the other side goes away
   */
  read(bytesMax: number, discardBytesMax: number, count: CountBytes): Promise<Uint8Array | null>
}

/** One HTTP request, in no framework's words. */
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
  /** Of the client, whatever stands between; empty = not known. */
  readonly remoteAddress: string
  /** Whether the front has seen it and nothing on it shows a proxy. */
  cameDirectly(): boolean
}

/** A header that may come once; several are joined, so that no reader takes just one of them. */
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
