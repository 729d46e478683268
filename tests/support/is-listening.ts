import { connect } from "node:net"

/** Whether the loopback port accepts connections. */
export async function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: "127.0.0.1", port })
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
  const isOpen = await promise
  socket.destroy()
  return isOpen
}
