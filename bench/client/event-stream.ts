import { connect, type Socket } from "node:net"

const headLimitMs = 60_000

/**
 * One stream of server-sent events over a bare socket. Delivers whole frames as text, with the
 * arrival time of their last bytes.
 */
export class EventStream {
  readonly #socket: Socket
  #rest = ""
  #isOpen = false
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static open(
    port: number,
    request: string,
    onFrames: (frames: string) => void,
  ): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1")
      const stream = new EventStream(socket)
      const timer = setTimeout(() => socket.destroy(new Error("no head in time")), headLimitMs)
      socket.setNoDelay(true)
      socket.once("connect", () => socket.write(request))
      socket.on("error", reject)
      socket.on("close", () => {
        stream.#isClosed = true
        reject(new Error("the stream closed"))
      })
      socket.on("data", (chunk: Buffer) => {
        const text = stream.#rest + chunk.toString("latin1")
        const body = stream.#isOpen ? 0 : text.indexOf("\r\n\r\n")
        const end = text.lastIndexOf("\n\n")
        if (!stream.#isOpen) {
          if (body < 0 || end < body) {
            stream.#rest = text
            return
          }
          clearTimeout(timer)
          if (!text.startsWith("HTTP/1.1 200")) {
            socket.destroy()
            reject(new Error(text.slice(0, text.indexOf("\r\n"))))
            return
          }
          stream.#isOpen = true
          resolve(stream)
        }
        if (end < 0) {
          stream.#rest = text
          return
        }
        stream.#rest = text.slice(end + 2)
        onFrames(text.slice(body, end + 2))
      })
    })
  }

  /** Closed by the server or broken; measurements over it would be invalid. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** @throws Error when a stream is closed */
export function requireOpen(name: string, streams: readonly EventStream[]): void {
  const closed = streams.filter((stream) => stream.isClosed).length
  if (closed > 0) throw new Error(`${name} closed ${closed} of ${streams.length} streams`)
}
