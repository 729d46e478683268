import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import { afterEach, beforeEach, describe, expect, it } from "vitest"

import { toolsFor } from "#lib/models/tools/tools-for.ts"
import { waitFor } from "#tests/support/wait-for.ts"

let counter: Server
let visits: unknown[]

beforeEach(async () => {
  visits = []
  counter = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      visits.push(JSON.parse(Buffer.concat(chunks as Buffer[]).toString("utf8")))
      response.end(`visit ${visits.length}`)
    })
  }).listen(0, "127.0.0.1")
  await once(counter, "listening")
})
afterEach(() => {
  counter.close()
  counter.closeAllConnections()
})

function countVisit() {
  const { port } = counter.address() as AddressInfo
  const tool = toolsFor(["count_visit"], `http://127.0.0.1:${port}/`)[0]
  if (tool === undefined) throw new Error("no tool")
  return tool
}

const context = { tenantId: "t", userId: "u", conversationId: "c", attachments: [] }

describe("count_visit", () => {
  it("counts once outside the process per run", async () => {
    const { signal } = new AbortController()
    const outcome = await countVisit().run({ note: "n" }, { ...context, signal })
    expect(outcome.result).toEqual({ counted: true, answer: "visit 1" })
    expect(visits).toEqual([{ conversation_id: "c", note: "n" }])
  })

  it("counts before its delay, and Stop ends the delay", async () => {
    const stop = new AbortController()
    const ended = countVisit().run({ delay_ms: 60_000 }, { ...context, signal: stop.signal })
    ended.catch(() => undefined)
    await waitFor(() => visits.length === 1)
    stop.abort()
    await expect(ended).rejects.toThrow(/abort/i)
  })
})
