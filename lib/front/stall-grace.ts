import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"

interface GraceOptions {
  /** Until the headers of a request are there. */
  headersMs: number
  /** Until the whole of a request is there. */
  requestMs: number
  beatMs?: number
  /** How late a beat may be on a busy machine. */
  latenessMs?: number
}

/**
 * Gives connections their time again when the process was paused (SIGSTOP, a sleeping laptop, a
 * starved machine): Node counts that time against them, and looks at the clock before it reads what
 * they have sent meanwhile.
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
   * Takes a connection that Node has found too slow, if a pause is to blame.
   * @param refuse is called when its time is over once more
   */
  take(socket: Duplex & { bytesRead?: number }, refuse: () => void): boolean {
    // The timer that found it may run before the one that finds the pause.
    this.#beat()
    const now = performance.now()
    const request = this.#requests.get(socket)
    const hasBegun = request !== undefined && !request.complete
    const { headersMs, requestMs } = this.#options
    const untilMs = this.#endedAtMs + (hasBegun ? requestMs : headersMs)
    if (now >= untilMs || this.#waiting.has(socket)) return false
    const isSilent = socket.bytesRead === 0
    const timer = setTimeout(() => {
      // It has begun to ask: Node counts its time from there.
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
