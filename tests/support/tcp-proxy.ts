import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

/** A proxy between a process and PostgreSQL or Redis that breaks traffic in chosen ways. */
export interface TcpProxy {
  /** The target's URL with the proxy's address. */
  url: string
  /** Destroys every connection and refuses new ones until `heal`. */
  cut(): void
  /** Silently stops forwarding until `heal`. */
  stall(): void
  heal(): void
  /** Cuts the connection in the middle of the next response of at least `bytesMin`. */
  tearNextAnswer(bytesMin: number): void
  /**
   * Resets the client's side at the next request of at least `bytesMin`, and delivers that request
   * to the server `ms` later: the client must consider it lost, although it is not.
   */
  delayNextRequest(bytesMin: number, ms: number): void
  /** Number of torn responses and delayed requests. */
  counts: { torn: number; delayed: number }
  close(): Promise<void>
}

/** The response to a delayed request has no recipient; its connection ends after this. */
const lateConnectionMs = 2_000

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  const counts = { torn: 0, delayed: 0 }
  let state: "open" | "stalled" | "cut" = "open"
  let tearing: { bytesMin: number } | null = null
  let delaying: { bytesMin: number; ms: number } | null = null

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    if (state === "cut") return void near.destroy()
    const far = connect({
      host: target.hostname,
      port: Number(target.port),
      noDelay: true,
      allowHalfOpen: true,
    })
    let isLate = false
    sockets.add(near).add(far)
    // Closing one end closes the other, except while a delayed request is in flight.
    near.on("error", () => near.destroy())
    far.on("error", () => near.destroy())
    near.on("end", () => isLate || far.end())
    far.on("end", () => near.end())
    near.on("close", () => {
      sockets.delete(near)
      if (isLate) setTimeout(() => far.destroy(), lateConnectionMs)
      else far.destroy()
    })
    far.on("close", () => {
      sockets.delete(far)
      near.destroy()
    })
    near.on("data", (chunk: Buffer) => {
      if (state !== "open" || isLate) return
      if (delaying !== null && chunk.length >= delaying.bytesMin) {
        const { ms } = delaying
        delaying = null
        isLate = true
        counts.delayed += 1
        setTimeout(() => far.writable && far.write(chunk), ms)
        return void near.resetAndDestroy()
      }
      far.write(chunk)
    })
    far.on("data", (chunk: Buffer) => {
      if (state !== "open" || isLate || !near.writable) return
      if (tearing === null || chunk.length < tearing.bytesMin) return void near.write(chunk)
      tearing = null
      counts.torn += 1
      far.removeAllListeners("data")
      near.write(chunk.subarray(0, chunk.length >> 1), () => {
        near.destroy()
        far.destroy()
      })
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const url = new URL(targetUrl)
  url.hostname = "127.0.0.1"
  url.port = String(typeof address === "object" ? address?.port : "")
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    counts,
    cut() {
      state = "cut"
      dropAll()
    },
    stall: () => (state = "stalled"),
    heal() {
      // Swallowed data is lost, so only new connections are usable.
      if (state === "stalled") dropAll()
      state = "open"
      tearing = null
      delaying = null
    },
    tearNextAnswer: (bytesMin) => void (tearing = { bytesMin }),
    delayNextRequest: (bytesMin, ms) => void (delaying = { bytesMin, ms }),
    async close() {
      dropAll()
      server.close()
      await once(server, "close")
    },
  }
}
