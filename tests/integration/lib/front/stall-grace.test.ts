import { once } from "node:events"
import { createServer, type Server } from "node:http"
import { connect, type AddressInfo, type Socket } from "node:net"

import { afterEach, beforeEach, expect, test } from "vitest"

import { answerBroken } from "#lib/front/answer-broken.ts"
import { StallGrace } from "#lib/front/stall-grace.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const headersMs = 1_000
const requestMs = 1_000
/** Longer than both timeouts, as measured by a paused process. */
const pauseMs = 1_300

let server: Server
let port: number
const sockets: Socket[] = []
const accepted: Socket[] = []

beforeEach(async () => {
  server = createServer(
    { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: 50 },
    (request, response) => {
      request.resume().once("end", () => response.end("answered"))
    },
  )
  const grace = new StallGrace(server, { headersMs, requestMs, beatMs: 50, latenessMs: 200 })
  server.on("clientError", (error, socket) => {
    const refuse = () => answerBroken(error, socket, { isHttps: false })
    const isSlow = "code" in error && error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    if (!isSlow || !grace.take(socket, refuse)) refuse()
  })
  server.on("connection", (socket) => accepted.push(socket))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // The address of a TCP server is an AddressInfo.
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  accepted.length = 0
  server.close()
  await once(server, "close")
})

/** The server's end of a connection. */
async function nearEndOf(socket: Socket): Promise<Socket> {
  const find = () => accepted.find((one) => one.remotePort === socket.localPort)
  await waitFor(() => find() !== undefined)
  const near = find()
  if (near === undefined) throw new Error("unreached")
  return near
}

/** A connection on which the server has read these bytes. */
async function open(bytes: string) {
  const socket = connect(port, "127.0.0.1")
  sockets.push(socket)
  let text = ""
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
  socket.on("error", () => {})
  await once(socket, "connect")
  const near = await nearEndOf(socket)
  socket.write(bytes)
  await waitFor(() => near.bytesRead >= bytes.length)
  return {
    async say(more: string) {
      socket.write(more)
      await once(socket, "data")
      return text.split("\r\n", 1)[0]
    },
    async hear() {
      await once(socket, "close")
      return text.split("\r\n", 1)[0]
    },
  }
}

/** Simulates SIGSTOP as visible to the process's clocks. */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
}

const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
const halfHead = "GET / HTTP/1.1\r\nHo"
const halfBody = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"

test("connections that timed out during a pause get their time again", async () => {
  const halves = ["", halfHead, halfBody, ""] as const
  const rests = [request, "st: x\r\n\r\n", "cd", ""] as const
  const connections = await Promise.all(halves.map(open))
  // Sent but not yet read when the process stops.
  const sent = connections[3]?.say(request)
  pause()
  // By then Node has checked its timeouts.
  await new Promise((resolve) => setTimeout(resolve, 150))
  const answers = connections.slice(0, 3).map((one, index) => one.say(rests[index] ?? ""))
  expect(await Promise.all([...answers, sent])).toEqual(Array(4).fill("HTTP/1.1 200 OK"))
})

test("… and are refused when the extra time is over, too", async () => {
  const connections = await Promise.all(["", halfHead, halfBody].map(open))
  pause()
  const heard = await Promise.all(connections.map((one) => one.hear()))
  expect(heard).toEqual(Array(3).fill("HTTP/1.1 408 Request Timeout"))
})

test("without a pause a slow connection is refused as usual", async () => {
  const connection = await open(halfHead)
  expect(await connection.hear()).toBe("HTTP/1.1 408 Request Timeout")
})
