import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"

interface GraceOptions {
  /** Deadline for the request's headers. */
  headersMs: number
  /** Deadline for the whole request. */
  requestMs: number
  beatMs?: number
  /** Timer delay that is normal on a busy machine. */
  latenessMs?: number
}

/**
 * Restarts the connections' timeouts after the process was paused (SIGSTOP, a sleeping laptop, CPU
 * starvation): Node counts the pause against them, and checks the clock before it reads the data that
 * arrived meanwhile.
 */
export class StallGrace {
  readonly #options: GraceOptions
  readonly #beatMs: number
  readonly #waiting = new WeakMap<Duplex, NodeJS.Timeout>()
  /** The newest request of each connection. */
  readonly #requests = new WeakMap<Duplex, IncomingMessage>()
  #beatAtMs = performance.now()
  #endedAtMs = -Infinity

  constructor(server: Server, options: GraceOptions) {
    this.#options = options
    this.#beatMs = options.beatMs ?? 1_000
    const beat = setInterval(() => this.#beat(), this.#beatMs).unref()
    server.once("close", () => clearInterval(beat))
    server.on("request", (request: IncomingMessage) => {
      this.#requests.set(request.socket, request)
      this.#clear(request.socket)
    })
  }

  /**
   * Takes over a connection that Node found too slow, if a pause is to blame.
   * @param refuse is called when its new timeout expires
   */
  take(socket: Duplex & { bytesRead?: number }, refuse: () => void): boolean {
    // The timeout check may run before the timer that detects the pause.
    this.#beat()
    const now = performance.now()
    const request = this.#requests.get(socket)
    const hasBegun = request !== undefined && !request.complete
    const { headersMs, requestMs } = this.#options
    const untilMs = this.#endedAtMs + (hasBegun ? requestMs : headersMs)
    if (now >= untilMs || this.#waiting.has(socket)) return false
    const isSilent = socket.bytesRead === 0
    const timer = setTimeout(() => {
      // The request has begun: Node's timeout counts from there.
      const isLater = isSilent && socket.bytesRead !== 0
      if (!isLater && !(hasBegun && request.complete)) refuse()
    }, untilMs - now)
    timer.unref()
    this.#waiting.set(socket, timer)
    socket.once("close", () => this.#clear(socket))
    return true
  }

  #beat(): void {
    const now = performance.now()
    if (now - this.#beatAtMs > this.#beatMs + (this.#options.latenessMs ?? 1_000))
      this.#endedAtMs = now
    this.#beatAtMs = now
  }

  #clear(socket: Duplex): void {
    clearTimeout(this.#waiting.get(socket))
    this.#waiting.delete(socket)
  }
}
