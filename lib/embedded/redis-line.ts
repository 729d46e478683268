import { connect, type Socket } from "node:net"

/**
 * One plain connection to a local redis-server: it registers this process as a user of the server and
 * runs the few commands for start and stop. Every wait has a deadline of one second.
 */
export interface RedisLine {
  /** Clients besides this connection. */
  countOthers(): Promise<number>
  close(): void
}

const limitMs = 1_000
const replyBytesMax = 64 * 1024

/** @returns null when no server answers, or it rejects the password */
export async function openRedisLine(port: number, password: string): Promise<RedisLine | null> {
  const socket = connect({ host: "127.0.0.1", port })
  socket.on("error", () => socket.destroy())
  const greeting = await ask(socket, `AUTH ${password}\r\nPING\r\n`, /\+PONG\r\n/)
  if (greeting === null) {
    socket.destroy()
    return null
  }
  return {
    async countOthers() {
      const reply = await ask(socket, "INFO clients\r\n", /connected_clients:\d+\r\n/)
      const count = reply === null ? null : /connected_clients:(\d+)/.exec(reply)
      return count === null ? 0 : Number(count[1]) - 1
    },
    close: () => socket.destroy(),
  }
}

async function ask(socket: Socket, command: string, answer: RegExp): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  let reply = ""
  const take = (bytes: Buffer) => {
    reply += bytes.toString("latin1")
    if (answer.test(reply)) resolve(reply)
    else if (/^-/m.test(reply) || reply.length > replyBytesMax) resolve(null)
  }
  const giveUp = () => resolve(null)
  const timer = setTimeout(giveUp, limitMs)
  socket.on("data", take).once("close", giveUp)
  if (socket.destroyed) giveUp()
  else socket.write(command)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.off("data", take).off("close", giveUp)
  }
}
