import { once } from "node:events"
import { createServer } from "node:http"
import { connect, type AddressInfo } from "node:net"

import { expect, test } from "vitest"

import { answerBroken } from "#lib/front/answer-broken.ts"

/** The full response to these bytes. */
async function answerTo(bytes: string, isHttps: boolean): Promise<string> {
  const server = createServer({ maxHeaderSize: 1_000 })
  server.on("clientError", (error, socket) => answerBroken(error, socket, { isHttps }))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // The address of a TCP server is an AddressInfo.
  const { port } = server.address() as AddressInfo
  const socket = connect(port, "127.0.0.1")
  let text = ""
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
  socket.write(bytes)
  await once(socket, "close")
  server.close()
  return text
}

test("malformed HTTP gets our error format, and over TLS the HSTS header", async () => {
  const plain = await answerTo("nonsense\r\n\r\n", false)
  expect(plain).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(plain).toContain('"code":"bad_request"')
  expect(plain).not.toContain("Strict-Transport-Security")
  expect(await answerTo("nonsense\r\n\r\n", true)).toContain(
    "Strict-Transport-Security: max-age=31536000\r\n",
  )
})

test("oversized headers get an error that says so", async () => {
  const answer = await answerTo(
    `GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(2_000)}\r\n\r\n`,
    false,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('"code":"headers_too_large"')
})
