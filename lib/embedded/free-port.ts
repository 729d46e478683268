import { createServer, type AddressInfo } from "node:net"

/** Finds a free loopback port: `preferred` if possible, else any. */
export async function findFreePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const port = await tryPort(preferred)
    if (port !== null) return port
  }
  const port = await tryPort(0)
  if (port === null) throw new Error("No port of 127.0.0.1 is free.")
  return port
}

async function tryPort(wanted: number): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const server = createServer()
  server.once("error", () => resolve(null))
  server.listen(wanted, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
  return await promise
}
