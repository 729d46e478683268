import { afterAll, beforeAll, expect, test } from "vitest"

import { deleteConversationRows } from "#db/queries/turn-control.ts"
import { countEndedTurns, listUsage, sumMonthTokens } from "#db/queries/usage.ts"
import { newId } from "#lib/ids.ts"
import { latencyBoundsMs } from "#lib/protocol/latency.ts"

import { actorOf, createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio

beforeAll(async () => {
  studio = await createTestStudio()
})

afterAll(() => studio.stop())

interface Ended {
  conversationId: string
  outcome?: string
  endedAt?: string
  tookMs?: number
  tokens?: number | null
  costUsd?: number | null
  times?: number
}

async function insertEnded(turns: readonly Ended[]): Promise<void> {
  const { tenantId, userId } = studio.principal
  for (const [index, turn] of turns.entries()) {
    const endedAt = turn.endedAt ?? new Date().toISOString()
    const startedAt =
      turn.tookMs === undefined ? null : new Date(Date.parse(endedAt) - turn.tookMs).toISOString()
    await studio.db.$client`
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        status, turn_source, outcome, started_at, ended_at, input_tokens, output_tokens, cost_usd)
      select gen_random_uuid(), ${tenantId}, ${turn.conversationId}, agent_id, ${userId},
        gen_random_uuid(), ${index * 10_000} + place, 'ended', 'web', ${turn.outcome ?? "end"},
        ${startedAt}::timestamptz, ${endedAt}::timestamptz, ${turn.tokens ?? null},
        ${turn.tokens ?? null}, ${turn.costUsd ?? null}
      from conversations, generate_series(1, ${turn.times ?? 1}) as place
      where id = ${turn.conversationId}`
  }
}

const usageOf = (day: string) =>
  listUsage(studio.db, { tenantId: studio.principal.tenantId, from: day, to: day, by: "day" })

test("two concurrent counters add each turn exactly once", async () => {
  const conversationId = await studio.createConversation()
  await insertEnded([
    {
      conversationId,
      endedAt: "2026-03-01T23:59:59.999Z",
      tookMs: 400,
      tokens: 1,
      costUsd: 0.5,
      times: 1_200,
    },
  ])
  const countAll = async () => {
    let sum = 0
    for (let round = 0; round < 5; round++) sum += await countEndedTurns(studio.db)
    return sum
  }
  const counted = await Promise.all([countAll(), countAll(), countAll()])
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(1_200)
  const [day] = await usageOf("2026-03-01")
  expect(day).toMatchObject({ turns: 1_200, inputTokens: 1_200, outputTokens: 1_200, costUsd: 600 })
  expect(day?.latencyCounts).toHaveLength(latencyBoundsMs.length + 1)
  expect(day?.latencyCounts[3]).toBe(1_200)
  expect(await usageOf("2026-03-02")).toEqual([])
})

test("failures, unknown prices and unknown tokens are counted separately; a turn that never started is not counted", async () => {
  const conversationId = await studio.createConversation()
  const endedAt = "2026-03-05T00:00:00.000Z"
  await insertEnded([
    { conversationId, endedAt, tookMs: 99, tokens: 10, costUsd: 0.25 },
    { conversationId, endedAt, tookMs: 1_000_000, outcome: "error" },
    { conversationId, endedAt, outcome: "interrupted" },
    { conversationId, endedAt, outcome: "withdrawn" },
  ])
  await countEndedTurns(studio.db)
  const [day] = await usageOf("2026-03-05")
  expect(day).toMatchObject({
    turns: 3,
    errors: 1,
    costUsd: 0.25,
    unpriced: 1,
    unmetered: 1,
    inputTokens: 10,
  })
  expect(day?.latencyCounts[0]).toBe(1)
  expect(day?.latencyCounts.at(-1)).toBe(1)
})

test("a turn that ended with its conversation is charged for its completed model calls", async () => {
  const { tenantId, userId } = studio.principal
  const conversationId = await studio.createConversation()
  const turnId = newId()
  const sql = studio.db.$client
  await sql`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      status, turn_source, started_at)
    select ${turnId}, ${tenantId}, id, agent_id, ${userId}, ${newId()}, 1, 'running', 'web', now()
    from conversations where id = ${conversationId}`
  await sql`
    insert into journal (conversation_id, seq, first_seq, turn_id, kind, payload)
    values (${conversationId}, 2, 2, ${turnId}, 'token_usage',
      ${JSON.stringify({ input_tokens: 700, output_tokens: 77 })}::text::json)`
  const before = await sumMonthTokens(studio.db, tenantId)
  await deleteConversationRows(
    studio.db,
    { tenantId, userId, conversationId },
    { actor: actorOf(studio.principal), recordId: newId() },
  )
  await countEndedTurns(studio.db)
  expect(await sumMonthTokens(studio.db, tenantId)).toBe(before + 777)
})
