import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

export interface TcpProxy {
  /** The address given, by way of the proxy. */
  url: string
  /** Passes nothing on any more, without saying so: a network that swallows packets. */
  stall(): void
  /** Destroys every connection and refuses new ones. */
  cut(): void
  heal(): void
  close(): Promise<void>
}

/** Stands between a process and what it depends on, to take it away. */
export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let state: "open" | "stalled" | "cut" = "open"
  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy()
      return
    }
    const far = connect({ host: target.hostname, port: Number(target.port) })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on("data", (chunk: Buffer) => {
        if (state === "open") to.write(chunk)
      })
      // Either end takes the other with it; why does not matter here.
      from.on("error", () => to.destroy())
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
    }
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
    stall: () => (state = "stalled"),
    cut() {
      state = "cut"
      dropAll()
    },
    heal() {
      // What was swallowed is lost: only new connections are of use.
      if (state === "stalled") dropAll()
      state = "open"
    },
    async close() {
      dropAll()
      server.close()
      await once(server, "close")
    },
  }
}
