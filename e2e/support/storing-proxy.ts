import { once } from "node:events"
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

interface Proxy {
  url: string
  stop(): void
}

/**
 * Forwards everything except `Cache-Control: no-store`, with which Chromium keeps no page in its
 * back/forward cache. Other browsers do, on plain HTTP.
 */
export async function startStoringProxy(target: string): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => passOn(target, incoming, outgoing))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // The address of a TCP server is an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming
  const passed = request(new URL(incoming.url ?? "/", target), { method, headers }, (answer) => {
    const isForbidden = answer.headers["cache-control"]?.includes("no-store") === true
    const change = isForbidden ? { "cache-control": "no-cache" } : {}
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...change })
    answer.on("error", () => outgoing.destroy()).pipe(outgoing)
  })
  passed.on("error", () => outgoing.destroy())
  outgoing.on("close", () => passed.destroy())
  incoming.pipe(passed)
}
