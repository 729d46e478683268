import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { claimTitles, writeTitle } from "#db/queries/titles.ts"
import { countEndedTurns } from "#db/queries/usage.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import { createLog } from "#lib/log.ts"
import { ModelError, type Models, type StepPart, type StepRequest } from "#lib/models/step.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"
import { settleEndedTurns } from "#lib/turns/upkeep/housekeeping.ts"
import { ConversationTitles } from "#lib/turns/upkeep/title-conversations.ts"
import {
  collect,
  createTestStudio,
  finishPart,
  submissionOf,
  type TestStudio,
} from "#tests/support/studio.ts"
import { waitFor } from "#tests/support/wait-for.ts"

let studio: TestStudio
let runtime: StartedRuntime
let published: EventBatch[]
let asked: StepRequest[]

beforeEach(async () => {
  studio = await createTestStudio()
  runtime = await studio.start()
  published = []
  asked = []
})

afterEach(() => studio.stop())

/** One answered, settled turn. */
async function talk(text = "Where do zebras live?"): Promise<string> {
  const conversationId = await studio.createConversation()
  const submission = submissionOf(text, { turnSource: "web" })
  const result = await submitTurn(runtime, studio.principal, conversationId, submission)
  if (result.outcome === "conflicting") throw new Error("a fresh key cannot conflict")
  await collect(studio, runtime, conversationId).done(result.turnId)
  await settleEndedTurns(studio.db, createLog("silent"))
  return conversationId
}

/** One round of title generation with this model output. */
async function name(parts: () => Iterable<StepPart>): Promise<number> {
  const models: Models = {
    defaultModel: "test/namer",
    list: async () => [],
    findFault: () => null,
    async *streamStep(request) {
      asked.push(request)
      yield* parts()
    },
  }
  const titles = titlesOf(models)
  const taken = await titles.begin()
  await titles.idle()
  return taken
}

function titlesOf(models: Models): ConversationTitles {
  return new ConversationTitles({
    db: studio.db,
    models,
    log: createLog("silent"),
    publish: (batch) => published.push(batch),
  })
}

function* zebras(): Iterable<StepPart> {
  yield { type: "text", text: '"Where zebras live."' }
  yield finishPart()
}

async function stateOf(conversationId: string) {
  const [row] = await studio.db.$client<
    { title: string; automatic: string; lastSeq: number; events: string[] }[]
  >`
    select title, automatic_title as automatic, heads.last_seq as "lastSeq",
      array(select payload->>'title' from journal
        where journal.conversation_id = conversations.id and kind = 'title' order by seq) as events
    from conversations join heads on heads.conversation_id = conversations.id
    where conversations.id = ${conversationId}`
  return row
}

/** Sessions of this database that wait for a lock. */
async function countWaiting(): Promise<number> {
  const [row] = await studio.db.$client<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row?.count ?? 0
}

const heuristic = "Where do zebras live?"

describe("a new conversation", () => {
  test("gets a title from the model once, in the journal and for its readers", async () => {
    const id = await talk()
    const before = await stateOf(id)
    expect(await name(zebras)).toBe(1)
    expect(await stateOf(id)).toEqual({
      title: "Where zebras live",
      automatic: "Where zebras live",
      lastSeq: (before?.lastSeq ?? 0) + 1,
      events: [heuristic, "Where zebras live"],
    })
    expect(published).toMatchObject([
      { conversationId: id, lastSeq: (before?.lastSeq ?? 0) + 1, events: [{ kind: "title" }] },
    ])
    expect(asked[0]?.history[0]).toMatchObject({ role: "user" })
    expect(await name(zebras)).toBe(0)
  })

  test("adds nothing to its turn's usage, but to the day's", async () => {
    const id = await talk()
    await name(zebras)
    const sql = studio.db.$client
    // Housekeeping may be counting it concurrently.
    await waitFor(async () => {
      await countEndedTurns(studio.db)
      return (await sql`select 1 from usage_days`).length > 0
    })
    expect(await sql`select input_tokens, output_tokens from turns`).toMatchObject([
      { inputTokens: 1, outputTokens: 1 },
    ])
    const sums = { turns: 1, inputTokens: 2, outputTokens: 2 }
    expect(await sql`select turns, input_tokens, output_tokens from usage_days`).toEqual(
      // Total, agent, person.
      [sums, sums, sums],
    )
    expect(
      await sql`select 1 from journal
      where conversation_id = ${id} and kind = 'token_usage'`,
    ).toHaveLength(1)
  })

  test("can get its title while its turn is counted: both lock the same rows", async () => {
    const id = await talk()
    const [job] = await claimTitles(studio.db, { jobsMax: 1, leaseSeconds: 60 })
    if (job === undefined) throw new Error("nothing wants a title")
    // Counted by this test instead of the housekeeping.
    await runtime.stop()
    await countEndedTurns(studio.db)
    await studio.db.$client`update turns set counted_at = null`
    const isHeld = Promise.withResolvers<void>()
    const mayGo = Promise.withResolvers<void>()
    const holder = studio.db.$client.begin(async (sql) => {
      await sql`select 1 from conversation_texts where conversation_id = ${id} for update`
      isHeld.resolve()
      await mayGo.promise
    })
    await isHeld.promise
    const usage = { inputTokens: 1, outputTokens: 1, costUsd: null }
    const counting = countEndedTurns(studio.db)
    await waitFor(async () => (await countWaiting()) === 1)
    const naming = writeTitle(studio.db, job, "Where zebras live", usage)
    await waitFor(async () => (await countWaiting()) === 2)
    mayGo.resolve()
    await holder
    expect(await counting).toBe(1)
    expect(await naming).toMatchObject({ payload: '{"title":"Where zebras live"}' })
  })

  test("that was completely read stays read", async () => {
    const id = await talk()
    const sql = studio.db.$client
    await sql`update participants set read_seq = heads.last_seq from heads
      where heads.conversation_id = participants.conversation_id`
    await name(zebras)
    expect(
      await sql`select 1 from participants join heads using (conversation_id)
      where conversation_id = ${id} and read_seq = last_seq`,
    ).toHaveLength(1)
  })

  test("keeps a title set by a person, even while the model generates one", async () => {
    const id = await talk()
    const [job] = await claimTitles(studio.db, { jobsMax: 1, leaseSeconds: 60 })
    if (job === undefined) throw new Error("nothing was claimed")
    await studio.db.$client`
      update conversations set title = 'Mine', title_is_custom = true where id = ${id}`
    const usage = { inputTokens: 1, outputTokens: 1, costUsd: null }
    expect(await writeTitle(studio.db, job, "Theirs", usage)).toBeNull()
    expect(await stateOf(id)).toMatchObject({ title: "Mine", automatic: "Theirs" })
    expect((await stateOf(id))?.events).toEqual([heuristic])
  })

  test.each<[string, () => Iterable<StepPart>]>([
    [
      "fails",
      () => {
        throw new ModelError("model_unauthorized", "No.", false)
      },
    ],
    ["says nothing", () => [{ type: "text", text: ' "" ' }, finishPart()]],
  ])("keeps its first words when the model %s, without a retry", async (_, parts) => {
    const id = await talk()
    expect(await name(parts)).toBe(1)
    expect(await stateOf(id)).toMatchObject({ title: heuristic, events: [heuristic] })
    await studio.db.$client`update conversations set title_due_at = title_due_at - interval '1 h'`
    expect(await name(zebras)).toBe(0)
  })

  test("is titled by another process when the first one dies, whose result is discarded", async () => {
    const id = await talk()
    const [dead] = await claimTitles(studio.db, { jobsMax: 1, leaseSeconds: 60 })
    if (dead === undefined) throw new Error("nothing was claimed")
    expect(await name(zebras)).toBe(0)
    await studio.db.$client`update conversations set title_due_at = now() - interval '1 s'`
    expect(await name(zebras)).toBe(1)
    const usage = { inputTokens: null, outputTokens: null, costUsd: null }
    expect(await writeTitle(studio.db, dead, "Too late", usage)).toBeNull()
    expect((await stateOf(id))?.events).toEqual([heuristic, "Where zebras live"])
  })
})

test("a title from a silent model blocks no other, and ends with its process", async () => {
  const silent = Promise.withResolvers<void>()
  let isFirst = true
  const titles = titlesOf({
    defaultModel: "test/namer",
    list: async () => [],
    findFault: () => null,
    async *streamStep({ signal }) {
      if (isFirst) {
        isFirst = false
        signal.addEventListener("abort", () => silent.resolve())
        yield { type: "text", text: "Half a" }
        await silent.promise
        return
      }
      yield* zebras()
    },
  })
  const stuck = await talk()
  expect(await titles.begin()).toBe(1)
  const others = [await talk(), await talk()]
  expect(await titles.begin()).toBe(2)
  await waitFor(async () => {
    const states = await Promise.all(others.map((id) => stateOf(id)))
    return states.every((state) => state?.title === "Where zebras live")
  })
  expect(await stateOf(stuck)).toMatchObject({ title: heuristic })
  const stoppedAt = Date.now()
  await titles.stop()
  expect(Date.now() - stoppedAt).toBeLessThan(5_000)
  // No partial title is stored, and the conversation is tried again later.
  expect(await stateOf(stuck)).toMatchObject({ title: heuristic, events: [heuristic] })
  await studio.db.$client`update conversations set title_due_at = now() where id = ${stuck}`
  expect(await name(zebras)).toBe(1)
  expect(await stateOf(stuck)).toMatchObject({ title: "Where zebras live" })
})
