import { connect } from "node:net"

import { describe, expect, test } from "vitest"

import { exchange } from "../../support/http.ts"
import type { StageOf } from "../contract.ts"

const list = "/v1/api/conversations"

/** Requests that are rejected before routing. */
export function transport(stage: StageOf): void {
  describe("any request", () => {
    describe("every failure", () => {
      test("is JSON with a sentence and a code, uncached, with a request id", async () => {
        const answer = await stage().call("GET", "/v1/nothing")
        expect(answer.status).toBe(404)
        expect(answer.json).toEqual({ error: expect.any(String), code: "not_found" })
        expect(answer.headers).toMatchObject({
          "content-type": "application/json; charset=utf-8",
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
          "referrer-policy": "no-referrer",
          "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
        })
        expect(answer.headers["x-powered-by"]).toBeUndefined()
      })

      test("ignores an inbound request id", async () => {
        const answer = await stage().call("GET", "/v1/nothing", {
          headers: { "x-request-id": "mine" },
        })
        expect(answer.headers["x-request-id"]).not.toBe("mine")
      })
    })

    describe("204", () => {
      test("a preflight from another site gets no permission", async () => {
        const answer = await stage().call("OPTIONS", list, {
          token: undefined,
          headers: {
            origin: "https://evil.test",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
          },
        })
        expect(answer.status).toBe(204)
        expect(answer.headers["access-control-allow-origin"]).toBeUndefined()
      })
    })

    describe("400", () => {
      const host = () => `Host: ${new URL(stage().server.url).host}\r\n`
      const head = "GET /v1/api/conversations HTTP/1.1\r\n"

      test.each([
        ["HTTP/1.0 without Host", () => "GET /healthz HTTP/1.0\r\n\r\n"],
        ["HTTP/1.1 without Host", () => "GET /healthz HTTP/1.1\r\n\r\n"],
        [
          "both Content-Length and Transfer-Encoding",
          () => `${head}${host()}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        ],
        ["two lengths", () => `${head}${host()}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`],
        [
          "a chunk that is none",
          () =>
            `POST ${list} HTTP/1.1\r\n${host()}Authorization: Bearer ${stage().ann.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
        ],
        ["lines that end in LF alone", () => `${head}${host()}\r\n`.replaceAll("\r", "")],
        ["two hosts", () => `${head}${host()}Host: evil.test\r\n\r\n`],
        [
          "an address with a host of its own",
          () => `GET http://evil.test${list} HTTP/1.1\r\n${host()}\r\n`,
        ],
        ["a negative length", () => `${head}${host()}Content-Length: -1\r\n\r\n`],
        ["NUL in a header", () => `${head}${host()}X-A: a\0b\r\n\r\n`],
        ["no HTTP at all", () => "hello\r\n\r\n"],
        ["no address at all", () => `GET * HTTP/1.1\r\n${host()}\r\n`],
        ["a host that is none", () => `GET /healthz HTTP/1.1\r\nHost: a:99999\r\n\r\n`],
      ])("%s", async (_name, request) => {
        const answer = await exchange(stage().server.url, request())
        expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      })

      test.each([
        "/x/../v1/api/me",
        "/_next/../v1/api/me",
        "/x/%2e%2E/v1/api/me",
        "/./v1/api/me",
        "/x/%252e%252e/v1/api/me",
        "//v1/api/me",
        "/\\v1/api/me",
        "/x%2f..%2fv1/api/me",
        "/v1/api/me%00",
        "/v1/api/conversations/%ff",
        "/v1/api/%2e%2e/api/me",
      ])("%s, which two parsers could read as different paths", async (path) => {
        const token = `Authorization: Bearer ${stage().ann.token}\r\n`
        for (const method of ["GET", "POST"]) {
          const answer = await exchange(
            stage().server.url,
            `${method} ${path} HTTP/1.1\r\n${host()}${token}Content-Length: 0\r\n\r\n`,
          )
          expect(answer).toMatch(/^HTTP\/1\.1 400 /)
          expect(answer).toContain('"code":"bad_request"')
        }
      })

      test("two Authorization headers, even with equal values", async () => {
        const token = stage().ann.token
        const headers = { authorization: [`Bearer ${token}`, `Bearer ${token}`] }
        const answer = await stage().call("GET", list, { token: undefined, headers })
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_header")
      })

      test("two Idempotency-Key headers", async () => {
        const answer = await stage().call("POST", list, {
          json: {},
          headers: { "idempotency-key": ["a", "b"] },
        })
        expect(answer.status).toBe(400)
      })
    })

    describe("405", () => {
      test("an unsupported method lists the supported ones", async () => {
        const answer = await stage().call("PUT", list)
        expect(answer.status).toBe(405)
        expect(answer.headers.allow).toBe("GET, POST, HEAD, OPTIONS")
      })

      test.each(["TRACE", "PROPFIND"])("%s", async (method) => {
        const answer = await stage().call(method, list)
        expect(answer.status).toBe(405)
      })

      test("CONNECT and unknown methods end in 400 or 405", async () => {
        const { url } = stage().server
        expect(await exchange(url, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n")).toMatch(
          /^HTTP\/1\.1 405/,
        )
        expect(await exchange(url, "BREW / HTTP/1.1\r\nHost: a.test\r\n\r\n")).toMatch(
          /^HTTP\/1\.1 40[05]/,
        )
      })

      test("no header or parameter overrides the method", async () => {
        const answer = await stage().call("PUT", `${list}?_method=GET`, {
          headers: { "x-http-method-override": "GET" },
        })
        expect(answer.status).toBe(405)
      })
    })

    describe("404", () => {
      test.each(["/v1/api/conversations/", "/v1/API/conversations", "/v1/api/%63onversations"])(
        "%s is not an endpoint",
        async (path) => {
          const answer = await stage().call("GET", path)
          expect([404, 308]).toContain(answer.status)
        },
      )

      test("an unsupported WebSocket upgrade", async () => {
        const { host } = new URL(stage().server.url)
        const answer = await exchange(
          stage().server.url,
          `GET /v1/agent-browser/connect HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        )
        expect(answer).toMatch(/^HTTP\/1\.1 404 /)
      })
    })

    describe("414 and 431", () => {
      test("an address of 9 KB", async () => {
        const answer = await stage().call("GET", `${list}?q=${"a".repeat(9_000)}`)
        expect(answer.status).toBe(414)
        expect(answer.json["code"]).toBe("uri_too_long")
      })

      test("2,500 headers, and headers of 20 KB", async () => {
        const many = Object.fromEntries(
          Array.from({ length: 2_500 }, (_, index) => [`x${index}`, "1"]),
        )
        expect((await stage().call("GET", list, { headers: many })).status).toBe(431)
        const long = { "x-long": "a".repeat(20_000) }
        expect((await stage().call("GET", list, { headers: long })).status).toBe(431)
      })
    })

    describe("413 and 415", () => {
      const create = { token: () => stage().ann.token }

      test.each([
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
      ])("a body of %s is not parsed", async (type) => {
        const answer = await stage().call("POST", list, {
          token: create.token(),
          body: '{"agent_id":"x"}',
          headers: { "content-type": type },
        })
        expect(answer.status).toBe(415)
      })

      test.each(["gzip", "br", "deflate", "zstd"])(
        "nor one compressed with %s",
        async (encoding) => {
          const answer = await stage().call("POST", list, {
            body: "{}",
            headers: { "content-type": "application/json", "content-encoding": encoding },
          })
          expect(answer.status).toBe(415)
        },
      )

      test("17 MiB get a 413, with a correct or wrong Content-Length", async () => {
        const body = Buffer.alloc(17 * 1024 * 1024, " ")
        const honest = await stage().call("POST", list, {
          body,
          headers: { "content-type": "application/json", "content-length": String(body.length) },
        })
        expect(honest.status).toBe(413)
        const chunked = await stage().call("POST", list, {
          body,
          headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
        })
        expect(chunked.status).toBe(413)
      })

      test.each<[string, () => string]>([
        ["an anonymous client sends", () => ""],
        ["an anonymous client sends, before the connection closes,", () => "Connection: close\r\n"],
        ["is too large", () => `Authorization: Bearer ${stage().ann.token}\r\n`],
      ])("a body that %s is not read indefinitely", async (_why, authorization) => {
        const { hostname, port } = new URL(stage().server.url)
        const socket = connect({ host: hostname, port: Number(port) })
        const cut = new Promise<void>((resolve) => socket.once("close", () => resolve()))
        let answer = ""
        socket.on("data", (chunk: Buffer) => (answer += chunk.toString()))
        // The server resets a connection that keeps sending.
        socket.on("error", () => {})
        socket.write(
          `POST ${list} HTTP/1.1\r\nHost: a\r\n${authorization()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        )
        const chunk = `10000\r\n${"a".repeat(0x10000)}\r\n`
        let sentBytes = 0
        while (!socket.destroyed && sentBytes < 100 * 1024 * 1024) {
          sentBytes += chunk.length
          if (socket.write(chunk)) continue
          await Promise.race([new Promise<void>((resolve) => socket.once("drain", resolve)), cut])
        }
        await cut
        expect(answer).toMatch(/^HTTP\/1\.1 4(?:01|13) /)
        // 16 MiB, 4 MiB of tolerance, and the socket buffers of both sides.
        expect(sentBytes).toBeLessThan(40 * 1024 * 1024)
      })

      test("without a credential the body is not read: 401 is sent at once", async () => {
        const { hostname, port } = new URL(stage().server.url)
        const socket = connect({ host: hostname, port: Number(port) })
        socket.write(
          `POST ${list} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n\r\n{"a":`,
        )
        const { promise, resolve } = Promise.withResolvers<string>()
        socket.once("data", (chunk: Buffer) => resolve(chunk.toString()))
        expect(await promise).toMatch(/^HTTP\/1\.1 401 /)
        socket.destroy()
      })
    })

    describe("sequential requests", () => {
      test("50 pipelined requests are answered in order", async () => {
        const { host } = new URL(stage().server.url)
        const one = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`
        const last = `GET /v1/nothing HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
        const answer = await exchange(stage().server.url, one.repeat(49) + last)
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
        expect(statuses).toEqual([...Array.from({ length: 49 }, () => "200"), "404"])
      })

      test("headers of Next's internal protocol have no effect", async () => {
        const plain = await stage().call("GET", list, { token: undefined })
        const probed = await stage().call("GET", `${list}?_rsc=1`, {
          token: undefined,
          headers: {
            "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware",
            "x-nextjs-data": "1",
            "next-router-prefetch": "1",
            rsc: "1",
          },
        })
        expect(probed.status).toBe(plain.status)
        expect(probed.text).toBe(plain.text)
      })

      test("an unknown server action is refused", async () => {
        const answer = await stage().call("POST", list, {
          token: undefined,
          body: '["$ACTION"]',
          headers: { "next-action": "a".repeat(40), "content-type": "text/plain" },
        })
        expect([401, 404, 405, 415]).toContain(answer.status)
      })
    })
  })
}
