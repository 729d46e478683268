import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts"
import { waitFor } from "../support/wait-for.ts"
import { openStage, type Mount, type Stage } from "./stage.ts"

const base = "/v1/api/conversations"
/** The limit is 5 s; the rest is tolerance for a busy machine. */
const answerLimitMs = 6_500

interface Place {
  stage: Stage
  proxy: TcpProxy
  id: string
}
const places: Partial<Record<Mount, Place>> = {}

async function openPlace(mount: Mount): Promise<Place> {
  let proxy: TcpProxy | null = null
  const stage = await openStage(mount, {
    through: async (url) => {
      proxy = await startTcpProxy(url)
      return proxy.url
    },
  })
  if (proxy === null) throw new Error("the stage asked for no way to its database")
  return { stage, proxy, id: (await stage.finishedTurn()).id }
}

beforeAll(async () => {
  places.front = await openPlace("front")
  places.next = await openPlace("next")
})

afterAll(async () => {
  for (const { stage, proxy } of Object.values(places)) {
    await stage.close()
    await proxy.close()
  }
})

function placeOf(mount: Mount): Place {
  const place = places[mount]
  if (place === undefined) throw new Error(`there is no ${mount}`)
  return place
}

/** Every kind of request that needs the database, all at once. */
async function askEverything({ stage, id }: Place) {
  const startedMs = performance.now()
  const uses: [string, string, object?][] = [
    ["GET", "/v1/api/me"],
    ["GET", "/v1/agents"],
    ["GET", base],
    ["POST", base, { agent_id: stage.agentId }],
    ["GET", `${base}/${id}`],
    ["PATCH", `${base}/${id}`, { title: "x" }],
    ["GET", `${base}/${id}/messages`],
    ["POST", `${base}/${id}/messages`, { text: "hello", idempotency_key: "during" }],
    ["GET", `${base}/${id}/stream`],
    ["POST", `${base}/${id}/interrupt`],
    ["POST", `${base}/${id}/nudge`, { text: "hello" }],
  ]
  return await Promise.all(
    uses.map(async ([method, path, json]) => {
      const answer = await stage.call(method, path, json === undefined ? {} : { json })
      const retryAfter = Number(answer.headers["retry-after"])
      return {
        use: `${method} ${path}`,
        status: answer.status,
        retryAfter,
        tookMs: performance.now() - startedMs,
      }
    }),
  )
}

describe.each([
  ["front", "cut"],
  ["front", "stall"],
  ["next", "stall"],
] as const)("while the database of %s is away (%s)", (mount, way) => {
  test("every response is a timely 503 with Retry-After, and the service recovers", async () => {
    const place = placeOf(mount)
    const { stage, proxy, id } = place
    proxy[way]()
    // Twice: first on open connections, then on new ones.
    const answers = [...(await askEverything(place)), ...(await askEverything(place))]
    for (const answer of answers) {
      expect(answer.status, `${answer.use}`).toBe(503)
      expect(answer.retryAfter).toBeGreaterThan(0)
      expect(answer.tookMs, `${answer.use}`).toBeLessThan(answerLimitMs)
    }
    const health = await stage.call("GET", "/healthz", { token: undefined })
    expect(health.status).toBe(200)
    const ready = await stage.call("GET", "/readyz", { token: undefined })
    expect([ready.status, ready.json["status"]]).toEqual([503, "unavailable"])

    proxy.heal()
    await waitFor(
      async () => (await stage.call("GET", "/readyz", { token: undefined })).status === 200,
      { timeoutMs: 20_000, everyMs: 200 },
    )
    const retried = await stage.submit(id, "hello", { idempotency_key: "during" })
    expect(retried.status).toBe(202)
    const rows = (await stage.call("GET", `${base}/${id}/messages?direction=inbound`)).list
    const kept = rows.filter((row) => row["turn_id"] === retried.json["turn_id"])
    expect(kept).toHaveLength(1)
  }, 60_000)
})
