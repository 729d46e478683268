import { afterEach, describe, expect, test } from "vitest"

import { testRedis } from "../support/redis.ts"
import { startTestServer } from "../support/server.ts"
import { waitFor } from "../support/wait-for.ts"
import { openStage, type Mount, type Stage } from "./stage.ts"

const base = "/v1/api/conversations"
const streams = 200

let stage: Stage | null = null

afterEach(async () => {
  await stage?.close()
  stage = null
})

describe.each<Mount>(["front", "next"])("SIGTERM on %s", (mount) => {
  test("closes every stream cleanly, staggered, and exits within 10 s", async () => {
    stage = await openStage(mount, {
      // All of them belong to one person.
      environment: { STUDIO_STREAMS_PER_USER: String(streams) },
    })
    const { id, lastSeq } = await stage.finishedTurn()
    const { stream } = stage
    const opened = await Promise.all(
      Array.from({ length: streams }, () => stream(`${base}/${id}/stream?since_seq=0`)),
    )
    await waitFor(() => opened.every((one) => one.events.at(-1)?.id === lastSeq), {
      timeoutMs: 20_000,
    })

    const { tookMs } = await stage.server.kill("SIGTERM")

    expect(tookMs).toBeLessThan(10_000)
    await waitFor(() => opened.every((one) => one.isEnded()))
    const comeBackMs = opened.map((one) => one.retryMs.at(-1) ?? 0)
    expect(Math.min(...comeBackMs)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...comeBackMs)).toBeLessThanOrEqual(5_000)
    expect(new Set(comeBackMs).size).toBeGreaterThan(streams / 4)
    for (const one of opened) expect(one.events).toHaveLength(lastSeq)
  })
})

test("an accepted, queued turn is finished by the next process", async () => {
  stage = await openStage("front")
  const { db, submit, createConversation, server, database, model } = stage
  const id = await createConversation()
  const answers = await Promise.all([submit(id, "one"), submit(id, "two")])
  expect(answers.map((answer) => answer.status)).toEqual([202, 202])
  await server.kill("SIGTERM")
  const next = await startTestServer({
    DATABASE_URL: database.url,
    REDIS_URL: testRedis().url,
    STUDIO_MODEL: "openai-compatible/test",
    OPENAI_COMPATIBLE_BASE_URL: model.url,
  })
  try {
    await waitFor(
      async () => {
        const [row] = await db.$client<{ ended: number }[]>`
          select count(*)::int as ended from turns where conversation_id = ${id} and outcome = 'end'`
        return row?.ended === 2
      },
      { timeoutMs: 20_000 },
    )
  } finally {
    await next.kill("SIGKILL")
  }
})
