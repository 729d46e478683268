import { describe, expect, test } from "vitest"

import { listRows } from "#db/queries/journal.ts"
import { deleteConversation } from "#lib/conversations/delete-conversation.ts"
import { readRows } from "#lib/journal/read-events.ts"
import { createLog } from "#lib/log.ts"
import { settleEndedTurns } from "#lib/turns/upkeep/housekeeping.ts"

import { paced, words } from "../../../support/paced-words.ts"
import {
  noRequest,
  collect,
  finishPart,
  submitText,
  type StreamedEvent,
  type TestStudio,
} from "../../../support/studio.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

/** Resumes from a cursor and returns the events up to `done`. */
async function resumeFrom(
  runtime: Awaited<ReturnType<TestStudio["start"]>>,
  conversationId: string,
  turnId: string,
  seq: number,
  lastSeq: number,
): Promise<StreamedEvent[]> {
  const seen = collect(studio, runtime, conversationId, { kind: "after", seq })
  if (seq < lastSeq) await seen.done(turnId)
  seen.reader.close()
  return seen.events
}

describe("resuming", () => {
  test("from every event of a long turn gives the same events, even after folding", async () => {
    studio.script(() => paced(4))
    const runtime = await studio.start({ role: "all" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const live = collect(studio, runtime, conversationId)
    await live.done(turnId)
    const all = live.events
    expect(all.filter((event) => event.event === "text_delta").length).toBeGreaterThan(150)
    const lastSeq = all.at(-1)?.id ?? 0
    const check = async () => {
      for (let seq = 0; seq < lastSeq; seq += 1) {
        const rest = await resumeFrom(runtime, conversationId, turnId, seq, lastSeq)
        expect(rest).toEqual(all.slice(seq))
      }
    }
    await check()
    await waitFor(async () => {
      await settleEndedTurns(studio.db, createLog("silent"))
      const rows = await listRows(studio.db, {
        tenantId: studio.principal.tenantId,
        conversationId,
        rowsMax: 1_000,
      })
      return rows.length < lastSeq / 10
    })
    await check()
  })

  test("in the middle of a running turn neither misses nor repeats an event", async () => {
    studio.script(() => paced(3))
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const pieces: StreamedEvent[] = []
    const deadline = Date.now() + 15_000
    while (!pieces.some((event) => event.event === "done") && Date.now() < deadline) {
      const seq = pieces.at(-1)?.id ?? 0
      const seen = collect(studio, runtime, conversationId, { kind: "after", seq })
      const wanted = 1 + (pieces.length % 7)
      await waitFor(() => seen.events.length >= wanted || seen.events.at(-1)?.event === "done")
      seen.reader.close()
      pieces.push(...seen.events)
    }
    expect(pieces.map((event) => event.id)).toEqual(pieces.map((_, index) => index + 1))
    expect(pieces.filter((event) => event.event === "done")).toHaveLength(1)
    expect(pieces.some((event) => event.data["turn_id"] === turnId)).toBe(true)
  })

  test("GET messages gives the same text before and after folding, split at any seq", async () => {
    studio.script(() => paced(8, words.slice(0, 60)))
    const runtime = await studio.start({ role: "all" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const live = collect(studio, runtime, conversationId)
    await live.done(turnId)
    const textAfter = (seq: number, before: number) =>
      live.events
        .filter(
          (event) =>
            event.event === "text_delta" && (event.id ?? 0) > seq && (event.id ?? 0) < before,
        )
        .map((event) => event.data["text"])
        .join("")
    await waitFor(async () => {
      const rows = await listRows(studio.db, {
        tenantId: studio.principal.tenantId,
        conversationId,
        rowsMax: 1_000,
      })
      return rows.some((row) => row.lengths !== null)
    })
    const last = live.events.length
    for (let seq = 0; seq < last; seq += 3) {
      for (const beforeSeq of [seq + 2, seq + 9, last + 1]) {
        const rows = await readRows(studio.db, {
          tenantId: studio.principal.tenantId,
          conversationId,
          sinceSeq: seq,
          beforeSeq,
          rowsMax: 1_000,
        })
        const text = rows
          .filter((row) => row.kind === "text_delta")
          .map((row) => (JSON.parse(row.payload) as { text: string }).text)
          .join("")
        expect(text).toBe(textAfter(seq, beforeSeq))
        expect(rows[0]?.firstSeq).toBe(seq + 1)
      }
    }
  })

  test("a cursor beyond the head or of unknown format gives stale and a replay", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const first = collect(studio, runtime, conversationId)
    await first.done(turnId)
    for (const start of [{ kind: "after", seq: 1_000_000 }, { kind: "unknown" }] as const) {
      const seen = collect(studio, runtime, conversationId, start)
      await seen.done(turnId)
      expect(seen.events[0]).toEqual({
        id: null,
        event: "stale",
        data: { reason: "unknown_cursor", after_seq: 0 },
      })
      expect(seen.events.slice(1)).toEqual(first.events)
    }
  })

  test("without a cursor starts at the running turn", async () => {
    const gate = Promise.withResolvers<void>()
    studio.script(async function* (_request, call) {
      yield { type: "text", text: `answer ${call}` }
      if (call === 2) await gate.promise
      yield finishPart()
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const first = await submitText(studio, runtime, conversationId, "one")
    await collect(studio, runtime, conversationId).done(first.turnId)
    const second = await submitText(studio, runtime, conversationId, "two")
    await waitFor(() => studio.calls() === 2)
    const seen = collect(studio, runtime, conversationId, { kind: "live" })
    await waitFor(() => seen.keptText(second.turnId) === "answer 2")
    gate.resolve()
    await seen.done(second.turnId)
    expect(seen.events[0]?.data).toMatchObject({ turn_id: second.turnId, text: "two" })
  })
})

describe("a stream", () => {
  test("of a deleted conversation ends, and so does its running turn", async () => {
    let hasEnded = false
    studio.script(async function* (request) {
      try {
        yield { type: "text", text: "…" }
        await new Promise<void>((resolve) =>
          request.signal.addEventListener("abort", () => resolve()),
        )
      } finally {
        hasEnded = true
      }
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.keptText(turnId) !== "")
    await deleteConversation({ ...runtime, request: noRequest }, studio.principal, {
      conversationId,
    })
    await waitFor(() => seen.isEnded() && hasEnded, { timeoutMs: 2_000 })
  })

  test("tells a slow reader that it lagged, and continues without a gap", async () => {
    const long = "x".repeat(20_000)
    const texts = Array.from({ length: 40 }, (_, index) => `${index}${long}`)
    studio.script(() => paced(2, texts))
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    let text = ""
    let isSlow = true
    const slow = await collectSlow(
      runtime,
      conversationId,
      () => isSlow,
      (piece) => (text += piece),
    )
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    await waitFor(
      async () => {
        const rows = await studio.db.$client`select status from turns where id = ${turnId}`
        return rows[0]?.["status"] === "ended"
      },
      { timeoutMs: 10_000 },
    )
    isSlow = false
    slow.resume()
    await waitFor(() => text.includes("event: done"))
    expect(text).toContain('event: stale\ndata: {"reason":"lagged"')
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))
    expect(ids).toEqual(ids.map((_, index) => index + 1))
  })

  async function collectSlow(
    runtime: Awaited<ReturnType<TestStudio["start"]>>,
    conversationId: string,
    isSlow: () => boolean,
    take: (piece: string) => void,
  ) {
    const { reader, begin } = runtime.hub.register(
      {
        tenantId: studio.principal.tenantId,
        conversationId,
        start: { kind: "live" },
        scope: "tools",
      },
      {
        write(bytes) {
          take(new TextDecoder().decode(bytes))
          // Full from the first delta on, like an unread socket.
          return !(isSlow() && new TextDecoder().decode(bytes).includes("text_delta"))
        },
        end() {},
      },
    )
    await begin()
    return reader
  }
})
