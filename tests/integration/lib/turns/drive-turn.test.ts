import { createHash, randomUUID } from "node:crypto"

import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { z } from "zod"

import { readRows } from "#lib/journal/read-events.ts"
import type { AgentTool, StepPart } from "#lib/models/step.ts"
import { ModelError } from "#lib/models/step.ts"
import { interruptTurn } from "#lib/turns/interrupt-turn.ts"
import { nudgeTurn } from "#lib/turns/nudge-turn.ts"
import { withdrawTurn } from "#lib/turns/withdraw-turn.ts"

import {
  collect,
  createTestStudio,
  finishPart,
  keptTextOf,
  say,
  submitText,
  type TestStudio,
} from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio

beforeEach(async () => {
  studio = await createTestStudio()
})

afterEach(() => studio.stop())

/** A tool whose runs the test counts and may hold. */
function countingTool(scope: "read" | "write", run: AgentTool["run"]): AgentTool {
  return {
    name: `${scope}_tool`,
    description: "Counts.",
    scope,
    inputSchema: z.object({}),
    summarizeArgs: () => "count",
    run,
  }
}

const callTool = (id: string, name: string): StepPart => ({ type: "tool_call", id, name, args: {} })

async function outcomeOf(conversationId: string) {
  const rows = await readRows(studio.db, {
    tenantId: studio.principal.tenantId,
    conversationId,
    rowsMax: 1_000,
  })
  return rows.map((row) => row.kind)
}

describe("a turn", () => {
  test("is answered: shown = stored = final, and ends exactly once", async () => {
    studio.script(() => say("Hello, 🙂 world."))
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "hi")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    const final = seen.events.find((event) => event.event === "final")
    expect(final?.data).toMatchObject({
      text: "Hello, 🙂 world.",
      stop_reason: "end",
      text_sha256: createHash("sha256").update("Hello, 🙂 world.").digest("hex"),
    })
    expect(seen.keptText(turnId)).toBe("Hello, 🙂 world.")
    expect(seen.events.map((event) => event.event)).toEqual([
      "message",
      "turn_started",
      "title",
      "text_delta",
      "token_usage",
      "final",
      "done",
    ])
    expect(seen.events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test("with NUL and lone surrogates from the model ends well, and so do nine beside it", async () => {
    const poison = "a\0b\ud800c\udc00d"
    const conversations = await Promise.all(
      Array.from({ length: 10 }, () => studio.createConversation()),
    )
    studio.script(function* (request) {
      const [message] = request.history
      const isPoisoned = message?.role === "user" && message.text === "poison"
      yield { type: "text", text: isPoisoned ? poison : "fine" }
      // A pair split over two pieces is one character.
      yield { type: "text", text: "\ud83d" }
      yield { type: "text", text: "\ude42" }
      yield finishPart()
    })
    const runtime = await studio.start()
    await Promise.all(
      conversations.map(async (id, index) => {
        const { turnId } = await submitText(studio, runtime, id, index === 4 ? "poison" : "hi")
        const seen = collect(studio, runtime, id)
        await seen.done(turnId)
        const final = seen.events.find((event) => event.event === "final")
        const expected = index === 4 ? "ab\ufffdc\ufffdd🙂" : "fine🙂"
        expect(final?.data["text"]).toBe(expected)
        expect(seen.keptText(turnId)).toBe(expected)
      }),
    )
  })

  test("runs its tools after their calls are committed, and tells the model the results", async () => {
    const conversationId = await studio.createConversation()
    const kindsAtRun: string[][] = []
    const tool = countingTool("read", async () => {
      kindsAtRun.push(await outcomeOf(conversationId))
      return { summary: "counted", result: { count: 1 } }
    })
    studio.script(function* (request, call) {
      if (call === 1) {
        yield callTool("c1", "read_tool")
        yield finishPart("tools")
      } else {
        const last = request.history.at(-1)
        yield* say(JSON.stringify(last?.role === "tool" ? last.results[0]?.result : null))
      }
    })
    const runtime = await studio.start({ tools: [tool] })
    const { turnId } = await submitText(studio, runtime, conversationId, "count")
    const seen = collect(studio, runtime, conversationId, { kind: "after", seq: 0 }, "full")
    await seen.done(turnId)
    expect(kindsAtRun[0]).toContain("tool_call")
    expect(seen.keptText(turnId)).toBe('{"count":1}')
    const result = seen.events.find((event) => event.event === "tool_result")
    expect(result?.data).toMatchObject({ id: "c1", is_error: false, result: { count: 1 } })
  })

  test("that the model fails ends in one error with what was said kept", async () => {
    studio.script(function* () {
      yield { type: "text", text: "so far" }
      throw new ModelError("model_cut_off", "The model's answer broke off.", true)
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "hi")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    const kinds = seen.events.map((event) => event.event)
    expect(kinds.slice(-3)).toEqual(["text_delta", "error", "done"])
    expect(seen.events.at(-2)?.data).toMatchObject({ code: "model_cut_off", recoverable: true })
  })

  test("whose person or agent is gone ends in an error, and does not come back for ever", async () => {
    const web = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "hi")
    await studio.db.$client`update turns set user_id = ${randomUUID()} where id = ${turnId}`
    await studio.start({ role: "driver" })
    const seen = collect(studio, web, conversationId)
    await seen.done(turnId)
    expect(studio.calls()).toBe(0)
    expect(seen.events.map((event) => event.event)).toEqual(["message", "error", "done"])
    expect(seen.events[1]?.data).toMatchObject({ recoverable: false })
  })

  test("that never stops talking ends as too long, with its text kept", async () => {
    studio.script(function* () {
      for (;;) yield { type: "text", text: "and on ".repeat(20_000) }
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    const final = seen.events.find((event) => event.event === "final")
    expect(final?.data).toMatchObject({ stop_reason: "length", text: seen.keptText(turnId) })
    expect(seen.keptText(turnId).length).toBeLessThan(1_200_000)
  })

  test("stops after twenty steps", async () => {
    studio.script(function* (_request, call) {
      yield callTool(`c${call}`, "read_tool")
      yield finishPart("tools")
    })
    const tool = countingTool("read", async () => ({ summary: "again", result: 1 }))
    const runtime = await studio.start({ tools: [tool] })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "loop")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(studio.calls()).toBe(20)
    expect(seen.events.at(-2)?.data).toMatchObject({ stop_reason: "steps" })
  })

  test("sees the turns before it and not the messages that wait behind it", async () => {
    const histories: string[][] = []
    const gate = Promise.withResolvers<void>()
    studio.script(async function* (request, call) {
      histories.push(
        request.history.map((m) => (m.role === "tool" ? "tool" : `${m.role}:${m.text}`)),
      )
      if (call === 1) await gate.promise
      yield* say(`answer ${call}`)
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    await submitText(studio, runtime, conversationId, "one")
    await submitText(studio, runtime, conversationId, "two")
    const { turnId } = await submitText(studio, runtime, conversationId, "three")
    gate.resolve()
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(histories).toEqual([
      ["user:one"],
      ["user:one", "assistant:answer 1", "user:two"],
      ["user:one", "assistant:answer 1", "user:two", "assistant:answer 2", "user:three"],
    ])
  })
})

describe("stopping", () => {
  test("reaches a running tool, keeps the text, and leaves the next turn alone", async () => {
    let hasNoticed = false
    const tool = countingTool("write", async (_args, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
      hasNoticed = true
      throw new Error("stopped")
    })
    studio.script(function* (_request, call) {
      if (call > 1) return yield* say("the next turn")
      yield { type: "text", text: "let me look" }
      yield callTool("c1", "write_tool")
      yield finishPart("tools")
    })
    const [runtime, other] = [
      await studio.start({ tools: [tool] }),
      await studio.start({ role: "web" }),
    ]
    const conversationId = await studio.createConversation()
    const first = await submitText(studio, runtime, conversationId, "go")
    const second = await submitText(studio, runtime, conversationId, "and then")
    const seen = collect(studio, other, conversationId)
    await waitFor(() => seen.events.some((event) => event.event === "tool_call"))
    const stop = () => interruptTurn(other, studio.principal, conversationId, first.turnId)
    expect(await stop()).toEqual({ stopped: true })
    expect(await stop()).toEqual({ stopped: false })
    await seen.done(first.turnId)
    expect(await stop()).toEqual({ stopped: false })
    await seen.done(second.turnId)
    expect(hasNoticed).toBe(true)
    const own = seen.events.filter((event) => event.data["turn_id"] === first.turnId)
    expect(own.slice(-3).map((event) => event.event)).toEqual(["tool_result", "final", "done"])
    expect(own.at(-3)?.data).toMatchObject({ is_error: true, summary: "interrupted" })
    expect(own.at(-2)?.data).toMatchObject({ text: "let me look", stop_reason: "interrupted" })
    expect(seen.keptText(second.turnId)).toBe("the next turn")
  })

  test("without a turn id stops what runs, then the oldest that waits", async () => {
    const runtime = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const first = await submitText(studio, runtime, conversationId, "one")
    const second = await submitText(studio, runtime, conversationId, "two")
    const stop = () => interruptTurn(runtime, studio.principal, conversationId, null)
    expect([await stop(), await stop(), await stop()]).toEqual([
      { stopped: true },
      { stopped: true },
      { stopped: false },
    ])
    const seen = collect(studio, runtime, conversationId)
    await seen.done(second.turnId)
    const finals = seen.events.filter((event) => event.event === "final")
    expect(finals.map((event) => event.data["turn_id"])).toEqual([first.turnId, second.turnId])
    expect(finals[0]?.data).toMatchObject({ text: "", stop_reason: "interrupted", duration_ms: 0 })
  })

  test("a queued turn can be taken back, a started one not", async () => {
    const gate = Promise.withResolvers<void>()
    studio.script(async function* () {
      await gate.promise
      yield* say("done")
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const first = await submitText(studio, runtime, conversationId, "one")
    const second = await submitText(studio, runtime, conversationId, "two")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.events.some((event) => event.event === "turn_started"))
    const withdraw = (id: string) => withdrawTurn(runtime, studio.principal, conversationId, id)
    await expect(withdraw(first.turnId)).rejects.toMatchObject({ code: "turn_started" })
    expect(await withdraw(second.turnId)).toEqual({ text: "two", attachments: [] })
    await expect(withdraw(second.turnId)).rejects.toMatchObject({ code: "turn_started" })
    gate.resolve()
    await seen.done(first.turnId)
    const finals = seen.events.filter((event) => event.event === "final")
    expect(finals.map((event) => event.data["stop_reason"])).toEqual(["withdrawn", "end"])
    expect(studio.calls()).toBe(1)
  })
})

describe("a nudge", () => {
  test("is read before the turn ends, even when it comes with the last word", async () => {
    const gate = Promise.withResolvers<void>()
    studio.script(async function* (request, call) {
      if (call === 1) {
        yield { type: "text", text: "first" }
        await gate.promise
        yield finishPart()
      } else {
        const last = request.history.at(-1)
        yield* say(last?.role === "user" ? `and ${last.text}` : "nothing new")
      }
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.events.some((event) => event.event === "text_delta"))
    const nudge = { text: "the tests", idempotencyKey: "n1" }
    const send = () => nudgeTurn(runtime, studio.principal, conversationId, nudge)
    expect(await send()).toEqual({ buffered: true, pendingCount: 1 })
    expect(await send()).toEqual({ buffered: true, pendingCount: 1 })
    gate.resolve()
    await seen.done(turnId)
    expect(seen.keptText(turnId)).toBe("first\n\nand the tests")
    expect(seen.events.filter((event) => event.event === "nudge")).toHaveLength(1)
    expect(await send()).toEqual({ buffered: true, pendingCount: 0 })
  })

  test("with nothing running is not stored", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const nudge = { text: "anyone?", idempotencyKey: null }
    expect(await nudgeTurn(runtime, studio.principal, conversationId, nudge)).toEqual({
      buffered: false,
      pendingCount: 0,
    })
    expect(await outcomeOf(conversationId)).toEqual([])
  })
})

describe("after a crash", () => {
  /** Ends a driver as a kill would: its lock goes, its turns stay behind as running. */
  async function crashDrivers() {
    await studio.db.$client`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'studio-driver'`
  }

  test("a new attempt goes on after the last finished step, and a finished side effect stays one", async () => {
    let runs = 0
    const tool = countingTool("write", async () => {
      runs += 1
      return { summary: "counted", result: runs }
    })
    const stuck = Promise.withResolvers<void>()
    studio.script(async function* (_request, call) {
      if (call === 1) {
        yield { type: "text", text: "counting." }
        yield callTool("c1", "write_tool")
        yield finishPart("tools")
      } else {
        yield { type: "text", text: `try ${call}: ` }
        if (call === 2) await stuck.promise
        yield* say("done")
      }
    })
    const runtime = await studio.start({ tools: [tool] })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.keptText(turnId).includes("try 2"))
    await crashDrivers()
    await seen.done(turnId)
    stuck.resolve()
    expect(runs).toBe(1)
    const started = seen.events.filter((event) => event.event === "turn_started")
    expect(started.map((event) => event.data["attempt"])).toEqual([1, 2])
    const result = seen.events.find((event) => event.event === "tool_result")
    expect(started[1]?.data["keep_seq"]).toBe(result?.id)
    const final = seen.events.find((event) => event.event === "final")
    expect(final?.data["text"]).toBe("counting.\n\ntry 3: done")
    expect(seen.keptText(turnId)).toBe(final?.data["text"])
    expect(seen.events.map((event) => event.id)).toEqual(seen.events.map((_, index) => index + 1))
    expect(keptTextOf(seen.events, turnId)).toBe(final?.data["text"])
  })

  test("an unfinished side effect is never repeated, a read is, and both calls are closed", async () => {
    const runs = { read: 0, write: 0 }
    const never = new Promise<never>(() => {})
    const tools = [
      countingTool("write", async () => {
        runs.write += 1
        return await never
      }),
      countingTool("read", async () => {
        runs.read += 1
        return runs.read === 1 ? await never : { summary: "read", result: "content" }
      }),
    ]
    studio.script(function* (request, call) {
      if (call === 1) {
        yield callTool("w", "write_tool")
        yield callTool("r", "read_tool")
        yield finishPart("tools")
      } else {
        const results = request.history.flatMap((m) => (m.role === "tool" ? m.results : []))
        yield* say(results.map((entry) => `${entry.id}:${entry.isError}`).join(" "))
      }
    })
    const runtime = await studio.start({ tools })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => runs.read === 1 && runs.write === 1)
    await crashDrivers()
    await seen.done(turnId)
    expect(runs).toEqual({ read: 2, write: 1 })
    expect(seen.keptText(turnId)).toBe("w:true r:false")
    const summaries = seen.events
      .filter((event) => event.event === "tool_result")
      .map((event) => [event.data["id"], event.data["summary"]])
    expect(summaries).toEqual([
      ["w", "outcome unknown"],
      ["r", "read"],
    ])
  })

  test("a nudge of the lost attempt is read once by the next", async () => {
    const never = new Promise<never>(() => {})
    studio.script(async function* (request, call) {
      yield { type: "text", text: `call ${call}` }
      if (call === 1) await never
      const nudges = request.history.filter((m) => m.role === "user" && m.text === "also this")
      yield* say(` saw ${nudges.length}`)
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.keptText(turnId) !== "")
    const nudge = { text: "also this", idempotencyKey: null }
    await nudgeTurn(runtime, studio.principal, conversationId, nudge)
    await crashDrivers()
    await seen.done(turnId)
    expect(seen.keptText(turnId)).toBe("call 2 saw 1")
    expect(studio.calls()).toBe(2)
  })

  test("an attempt that breaks off in a living driver is followed by another", async () => {
    let breaks = 1
    studio.script(() => say("in the end"))
    const runtime = await studio.start({
      failpoint: (name) => {
        if (name === "turn.before_end" && breaks-- > 0) throw new Error("broke off")
      },
    })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(seen.keptText(turnId)).toBe("in the end")
    expect(studio.calls()).toBe(1)
    const finals = seen.events.filter((event) => event.event === "final")
    expect(finals.map((event) => event.data["text"])).toEqual(["in the end"])
  })

  test("a turn whose driver dies three times ends as driver_crashed", async () => {
    const never = new Promise<never>(() => {})
    studio.script(async function* (_request, call) {
      yield { type: "text", text: `attempt ${call}` }
      await never
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    for (const attempt of [1, 2, 3]) {
      await waitFor(() => seen.keptText(turnId) === `attempt ${attempt}`, { timeoutMs: 10_000 })
      await crashDrivers()
    }
    await seen.done(turnId)
    expect(studio.calls()).toBe(3)
    expect(seen.events.at(-2)?.data).toMatchObject({ code: "driver_crashed", recoverable: true })
    expect(seen.keptText(turnId)).toBe("attempt 3")
  })
})
