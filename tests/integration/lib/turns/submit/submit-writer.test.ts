import { afterAll, beforeAll, expect, test } from "vitest"

import { openDatabase, closeDatabase, type Database } from "#db/client.ts"
import type { SubmitRow } from "#db/queries/submit.ts"
import { newId } from "#lib/ids.ts"
import { readRows } from "#lib/journal/read-events.ts"
import { limits } from "#lib/protocol/limits.ts"
import { SubmitWriter } from "#lib/turns/submit/submit-writer.ts"
import { createTestStudio, type TestStudio } from "#tests/support/studio.ts"

let studio: TestStudio
let db: Database
const strangerId = newId()

beforeAll(async () => {
  studio = await createTestStudio()
  db = openDatabase({ url: studio.databaseUrl, connectionsMax: 4, name: "submits" })
})

afterAll(async () => {
  await closeDatabase(db)
  await studio.stop()
})

function rowOf(conversationId: string, fields: Partial<SubmitRow> = {}): SubmitRow {
  return {
    tenantId: studio.principal.tenantId,
    userId: studio.principal.userId,
    conversationId,
    turnId: newId(),
    messageId: newId(),
    turnSource: "web",
    browserSession: false,
    payload: '{"text":"hello"}',
    detail: null,
    preview: "hello",
    automaticTitle: "hello",
    idempotency: { key: newId(), fingerprint: Buffer.alloc(32) },
    attachments: [],
    ...fields,
  }
}

async function listMessageSeqs(conversationId: string): Promise<number[]> {
  const { tenantId } = studio.principal
  const rows = await readRows(studio.db, { tenantId, conversationId, rowsMax: 1_000 })
  return rows.map(({ seq }) => seq)
}

/** Queues rows behind another message in flight, so that the next statement takes them all. */
async function writeTogether(writer: SubmitWriter, rows: readonly SubmitRow[]) {
  const before = writer.write(rowOf(await studio.createConversation()))
  const together = await Promise.allSettled(rows.map((row) => writer.write(row)))
  await before
  return together
}

test("each message of a statement has its own outcome, and refused ones leave nothing", async () => {
  const writer = new SubmitWriter(db)
  const sql = studio.db.$client
  const ids = await Promise.all(Array.from({ length: 8 }, () => studio.createConversation()))
  const [plain, keyless, readOnly, gone, full, known, foreign, filed] = ids as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  await sql`update conversations set read_only = true where id = ${readOnly}`
  await sql`delete from heads where conversation_id = ${gone}`
  await sql`
    update heads set queued = ${limits.queuedTurnsMax} where conversation_id = ${full}`
  const first = rowOf(known)
  await writer.write(first)
  const file = {
    id: newId(),
    sha256: Buffer.alloc(32, 7),
    filename: 'a "quoted", {braced} \\ name',
    contentType: "text/plain",
    sizeBytes: 3,
  }

  const outcomes = await writeTogether(writer, [
    rowOf(plain, { preview: 'a "preview", {so} \\ far', browserSession: true }),
    rowOf(keyless, { idempotency: null, detail: '{"identity":{"sub":"me"}}' }),
    rowOf(readOnly),
    rowOf(gone),
    rowOf(full),
    rowOf(known, { idempotency: first.idempotency }),
    rowOf(foreign, { userId: newId() }),
    rowOf(filed, { attachments: [file] }),
  ])

  expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value : one.reason))).toEqual([
    { state: "accepted", seq: 1, queuedBehind: 0 },
    { state: "accepted", seq: 1, queuedBehind: 0 },
    { state: "read_only" },
    { state: "not_found" },
    { state: "queue_full" },
    { state: "key_taken" },
    { state: "not_found" },
    { state: "accepted", seq: 1, queuedBehind: 0 },
  ])
  const seqs = await Promise.all(ids.map(listMessageSeqs))
  expect(seqs).toEqual([[1], [1], [], [], [], [1], [], [1]])
  const [turns, keys, files] = await Promise.all([
    sql`select conversation_id, browser_session from turns where conversation_id = any(${ids})`,
    sql`select conversation_id from idempotency_keys where conversation_id = any(${ids})`,
    sql`select conversation_id, sha256, filename from attachments`,
  ])
  expect(new Set(turns.map((turn) => turn["conversationId"]))).toEqual(
    new Set([plain, keyless, known, filed]),
  )
  expect(turns.filter((turn) => turn["browserSession"])).toHaveLength(1)
  expect(new Set(keys.map((key) => key["conversationId"]))).toEqual(new Set([plain, known, filed]))
  expect(files).toEqual([{ conversationId: filed, sha256: file.sha256, filename: file.filename }])
  const [preview] = await sql`select preview from conversations where id = ${plain}`
  expect(preview).toEqual({ preview: 'a "preview", {so} \\ far' })
})

test.each([
  ["head", "update heads set queued = queued where conversation_id = $1"],
  ["conversation", "update conversations set title = title where id = $1"],
])("a locked %s delays only its own messages, which wait", async (_, lock) => {
  const writer = new SubmitWriter(db)
  const [locked, free] = [await studio.createConversation(), await studio.createConversation()]
  const writes: Promise<unknown>[] = []
  await studio.db.$client.begin(async (sql) => {
    await sql.unsafe(lock, [locked])
    writes.push(writer.write(rowOf(locked)), writer.write(rowOf(locked)))
    for (let index = 1; index <= 6; index += 1) {
      expect(await writer.write(rowOf(free))).toMatchObject({ state: "accepted", seq: index })
    }
  })
  expect(await Promise.all(writes)).toEqual([
    { state: "accepted", seq: 1, queuedBehind: 0 },
    { state: "accepted", seq: 2, queuedBehind: 1 },
  ])
})

test("a permanently locked head times out, and later messages do not", async () => {
  const writer = new SubmitWriter(db)
  const locked = await studio.createConversation()
  let later: Promise<unknown> | undefined
  await studio.db.$client.begin(async (sql) => {
    await sql`update heads set queued = queued where conversation_id = ${locked}`
    await expect(writer.write(rowOf(locked))).rejects.toMatchObject({ code: "unavailable" })
    later = writer.write(rowOf(locked))
  })
  expect(await later).toEqual({ state: "accepted", seq: 1, queuedBehind: 0 })
})

test("a message that PostgreSQL rejects fails alone", async () => {
  const writer = new SubmitWriter(db)
  const ids = await Promise.all(Array.from({ length: 5 }, () => studio.createConversation()))
  const outcomes = await writeTogether(
    writer,
    ids.map((id, index) => rowOf(id, index === 2 ? { payload: "no JSON" } : {})),
  )
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ])
  expect(await Promise.all(ids.map(listMessageSeqs))).toEqual([[1], [1], [], [1], [1]])
})

test("two processes write concurrently to the same conversations without gaps or duplicate positions", async () => {
  const other = openDatabase({ url: studio.databaseUrl, connectionsMax: 4, name: "others" })
  const writers = [new SubmitWriter(db), new SubmitWriter(other)]
  const ids = await Promise.all(Array.from({ length: 12 }, () => studio.createConversation()))
  const each = 20
  const outcomes = await Promise.all(
    Array.from({ length: each }, () =>
      ids.map((id, index) =>
        writers.map((writer) => writer.write(rowOf(id, index % 2 ? {} : { idempotency: null }))),
      ),
    ).flat(2),
  )
  expect(outcomes.every(({ state }) => state === "accepted")).toBe(true)
  for (const id of ids) {
    expect(await listMessageSeqs(id)).toEqual(
      Array.from({ length: 2 * each }, (_, index) => index + 1),
    )
  }
  const heads = await studio.db.$client`
    select last_seq, queued from heads where conversation_id = any(${ids})`
  expect(heads).toEqual(ids.map(() => ({ lastSeq: 2 * each, queued: 2 * each })))
  await closeDatabase(other)
})

test("an accepted key is recognised although the conversation is locked", async () => {
  const conversationId = await studio.createConversation()
  const row = rowOf(conversationId)
  await new SubmitWriter(db).write(row)
  await studio.db.$client.begin(async (sql) => {
    await sql`update heads set queued = queued where conversation_id = ${conversationId}`
    const again = rowOf(conversationId, { idempotency: row.idempotency })
    expect(await new SubmitWriter(db).write(again)).toEqual({ state: "key_taken" })
  })
})

test("unauthorized senders do not delay participants", async () => {
  const writer = new SubmitWriter(db)
  const conversationId = await studio.createConversation()
  let strangersAnswered = 0
  const strangers = Array.from({ length: 90 }, async (_, index) => {
    const foreign = index % 3 === 0 ? { tenantId: strangerId } : {}
    const outcome = await writer.write(rowOf(conversationId, { userId: strangerId, ...foreign }))
    strangersAnswered += 1
    return outcome.state
  })
  expect(await writer.write(rowOf(conversationId))).toMatchObject({ state: "accepted", seq: 1 })
  expect(strangersAnswered).toBeLessThan(10)
  expect(new Set(await Promise.all(strangers))).toEqual(new Set(["not_found"]))
})

test("a queue accepts no more than could ever be accepted", async () => {
  const writer = new SubmitWriter(db)
  const [one, other] = [await studio.createConversation(), await studio.createConversation()]
  const many = Array.from({ length: 2 * limits.queuedTurnsMax }, () => writer.write(rowOf(one)))
  await expect(writer.write(rowOf(one))).rejects.toMatchObject({ code: "unavailable" })
  expect(await writer.write(rowOf(other))).toMatchObject({ state: "accepted" })
  const states = (await Promise.all(many)).map(({ state }) => state)
  expect(states.filter((state) => state === "accepted")).toHaveLength(limits.queuedTurnsMax)
  expect(states.filter((state) => state === "queue_full")).toHaveLength(limits.queuedTurnsMax)
})

test("a hanging connection delays no other message", async () => {
  const hung = openDatabase({ url: studio.databaseUrl, connectionsMax: 4, name: "hung" })
  const writer = new SubmitWriter(hung)
  const [one, other] = [await studio.createConversation(), await studio.createConversation()]
  await writer.write(rowOf(one))
  const [backend] = await studio.db.$client<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'hung'`
  const pid = backend?.pid ?? 0
  process.kill(pid, "SIGSTOP")
  try {
    const stuck = writer.write(rowOf(one))
    expect(await writer.write(rowOf(other))).toMatchObject({ state: "accepted" })
    await expect(stuck).rejects.toMatchObject({ code: "unavailable" })
    // Its statement keeps waiting, later ones do not.
    expect(await writer.write(rowOf(one))).toMatchObject({ state: "accepted" })
  } finally {
    process.kill(pid, "SIGCONT")
  }
  await closeDatabase(hung)
})

test("while a table is locked every submit times out within its limit", async () => {
  const writer = new SubmitWriter(db)
  const ids = await Promise.all(Array.from({ length: 20 }, () => studio.createConversation()))
  const answers: Promise<string>[] = []
  await studio.db.$client.begin(async (sql) => {
    await sql`lock table turns in share mode`
    for (const id of [...ids, ...ids]) {
      answers.push(
        writer.write(rowOf(id)).then(
          ({ state }) => state,
          () => "refused",
        ),
      )
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["refused"]))
  })
  expect(await Promise.all(ids.map(listMessageSeqs))).toEqual(ids.map(() => []))
})
