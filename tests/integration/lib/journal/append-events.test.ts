import { randomUUID } from "node:crypto"

import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { appendRows, settleAppend } from "#db/queries/journal.ts"
import { claimTurns, endTurn } from "#db/queries/turns.ts"
import { JournalWriter } from "#lib/journal/append-events.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import type { TurnLog } from "#lib/journal/turn-log.ts"
import { createLog } from "#lib/log.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { createTestStudio, submitText, type TestStudio } from "../../../support/studio.ts"
import { startTcpProxy } from "../../../support/tcp-proxy.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let web: StartedRuntime
let appendDb: Database
let writer: JournalWriter

beforeEach(async () => {
  studio = await createTestStudio()
  web = await studio.start({ role: "web" })
  appendDb = openDatabase({ url: studio.databaseUrl, connectionsMax: 1, name: "test-append" })
  writer = new JournalWriter({
    db: appendDb,
    log: createLog("silent"),
    outageMs: 5_000,
    onCommitted: () => {},
  })
})

afterEach(async () => {
  await closeDatabase(appendDb)
  await studio.stop()
})

/** A claimed turn in a new conversation, with the log of its attempt. */
async function openTurn(): Promise<TurnLog> {
  const conversationId = await studio.createConversation()
  const { turnId } = await submitText(studio, web, conversationId, "go")
  await claimTurns(studio.db, { id: 1, leaseSeconds: 60, turnsMax: 64 })
  return openLog({ conversationId, turnId, attempt: 1, sinceSeq: 1 })
}

function openLog(turn: {
  conversationId: string
  turnId: string
  attempt: number
  sinceSeq: number
}): TurnLog {
  return writer.open({ ...turn, keptText: "" })
}

/** Ends the turn of a log, as its driver does once all is written. */
async function endOf({ conversationId, turnId, attempt }: TurnLog): Promise<void> {
  const ended = await endTurn(studio.db, {
    conversationId,
    turnId,
    attempt,
    outcome: "end",
    errorCode: null,
    model: null,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
    preview: null,
    nudgesReadSeq: null,
    yieldsToStop: false,
    events: [
      { kind: "final", json: "{}" },
      { kind: "done", json: "{}" },
    ],
  })
  expect(ended.state).toBe("ended")
}

async function textsOf(log: TurnLog): Promise<string[]> {
  const rows = await studio.db.$client<{ text: string; seq: number }[]>`
    select seq, payload ->> 'text' as text from journal
    where conversation_id = ${log.conversationId} and kind = 'text_delta' order by seq`
  return rows.map((row) => row.text)
}

describe("appending", () => {
  test("from a lost attempt and its successor in one batch writes only the latter", async () => {
    const lost = await openTurn()
    const { conversationId, turnId } = lost
    const sql = studio.db.$client
    await sql`update heads set run_attempt = 2 where conversation_id = ${conversationId}`
    const next = openLog({ conversationId, turnId, attempt: 2, sinceSeq: 1 })
    next.appendText("mine")
    lost.appendText("old")
    await Promise.all([lost.flushed(), next.flushed()])
    expect(lost.failure).toEqual({ kind: "lost" })
    expect(next.failure).toBeNull()
    expect(await textsOf(next)).toEqual(["mine"])
  })

  test("a value that Postgres rejects, for any reason, ends only its own turn", async () => {
    // A program limit error (class 54) is neither an outage nor a common data error.
    await studio.db.$client.unsafe(`
      create function refuse() returns trigger language plpgsql as $$
      begin
        if new.payload ->> 'text' = 'poison' then raise 'too much' using errcode = '54000'; end if;
        return new;
      end $$;
      create trigger refuse before insert on journal for each row execute function refuse();`)
    const logs = await Promise.all([openTurn(), openTurn(), openTurn()])
    logs.forEach((log, index) => log.appendText(index === 1 ? "poison" : `text ${index}`))
    await Promise.all(logs.map((log) => log.flushed()))
    expect(logs.map((log) => log.failure?.kind ?? null)).toEqual([null, "rejected", null])
    expect(await textsOf(logs[0] ?? (await openTurn()))).toEqual(["text 0"])
  })

  test("a statement that arrives after its timeout writes nothing", async () => {
    const { conversationId, turnId } = await openTurn()
    const turn = { conversationId, turnId, attempt: 1 }
    const events = [{ kind: "text_delta" as const, json: '{"text":"a"}', detailJson: null }]
    const late = { ...turn, append: 0, events }
    expect(await settleAppend(studio.db, { ...late, sinceSeq: 1 })).toEqual({ state: "void" })
    // The answer to that question may be lost as well.
    expect(await settleAppend(studio.db, { ...late, sinceSeq: 1 })).toEqual({ state: "void" })
    expect(await appendRows(studio.db, [late])).toEqual([{ state: "lost" }])
    const again = { ...late, append: 1 }
    expect(await appendRows(studio.db, [again])).toEqual([
      { state: "written", base: 1, interrupt: false },
    ])
    expect(await appendRows(studio.db, [late, again])).toEqual([
      { state: "lost" },
      { state: "lost" },
    ])
    expect(await settleAppend(studio.db, { ...again, sinceSeq: 1 })).toEqual({
      state: "written",
      base: 1,
      interrupt: false,
    })
  })

  test("a turn found as written is not asked about again when another's question fails", async () => {
    const first = await openTurn()
    const second = await openTurn()
    const batches: EventBatch[] = []
    const gone = Object.assign(new Error("gone"), { code: "CONNECTION_CLOSED" })
    let questions = 0
    // The answer of the append is lost, and the second question; between both the first turn ends.
    const lossy = new Proxy(appendDb.$client, {
      async apply(target, self, values) {
        await Reflect.apply(target, self, values)
        throw gone
      },
      get: (target, name) =>
        name !== "begin"
          ? Reflect.get(target, name)
          : async (work: Parameters<Database["$client"]["begin"]>[1]) => {
              questions += 1
              if (questions === 2) {
                await endOf(first)
                throw gone
              }
              return await target.begin(work)
            },
    })
    const careful = new JournalWriter({
      db: { $client: lossy },
      log: createLog("silent"),
      outageMs: 20_000,
      onCommitted: (batch) => batches.push(batch),
    })
    const logs = [first, second].map((log) =>
      careful.open({
        conversationId: log.conversationId,
        turnId: log.turnId,
        attempt: 1,
        sinceSeq: 1,
        keptText: "",
      }),
    )
    for (const log of logs) log.appendText("said")
    await Promise.all(logs.map((log) => log.flushed()))
    await careful.idle()
    expect(logs.map((log) => log.failure)).toEqual([null, null])
    expect(batches.map((batch) => [batch.conversationId, batch.firstSeq])).toEqual([
      [first.conversationId, 2],
      [second.conversationId, 2],
    ])
    expect(questions).toBe(3)
  })

  test("a statement delayed until its connection was lost writes nothing", async () => {
    const proxy = await startTcpProxy(studio.databaseUrl)
    const db = openDatabase({ url: proxy.url, connectionsMax: 1, name: "test-late" })
    const { conversationId, turnId } = await openTurn()
    const late = new JournalWriter({
      db,
      log: createLog("silent"),
      outageMs: 20_000,
      onCommitted: () => {},
    }).open({ conversationId, turnId, attempt: 1, sinceSeq: 1, keptText: "" })
    try {
      const texts = ["first", "x".repeat(2_000), "third", "fourth"]
      late.appendText("first")
      await late.flushed()
      proxy.delayNextRequest(2_000, 300)
      for (const text of texts.slice(1)) {
        late.appendText(text)
        await late.flushed()
      }
      expect(proxy.counts.delayed).toBe(1)
      // The connection ends after the statement has reached PostgreSQL.
      await waitFor(
        async () => {
          const rows = await studio.db.$client`
            select 1 from pg_stat_activity
            where datname = current_database() and application_name = 'test-late'`
          return rows.length === 1
        },
        { timeoutMs: 10_000 },
      )
      late.appendText("fifth")
      await late.flushed()
      expect(late.failure).toBeNull()
      expect(await textsOf(late)).toEqual([...texts, "fifth"])
    } finally {
      await closeDatabase(db)
      await proxy.close()
    }
  })

  test("is neither lost nor duplicated when the connection breaks at any moment", async () => {
    const logs = await Promise.all(Array.from({ length: 4 }, () => openTurn()))
    const said = new Map(logs.map((log) => [log, ""]))
    let isOver = false
    const cutting = (async () => {
      while (!isOver) {
        await studio.db.$client`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'test-append'`
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60))
      }
    })()
    for (let piece = 0; piece < 60; piece += 1) {
      for (const log of logs) {
        const text = `${randomUUID()} `
        said.set(log, said.get(log) + text)
        log.appendText(text)
      }
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
    isOver = true
    await cutting
    for (const log of logs) {
      await log.flushed()
      expect(log.failure).toBeNull()
      expect((await textsOf(log)).join("")).toBe(said.get(log))
    }
  })
})
