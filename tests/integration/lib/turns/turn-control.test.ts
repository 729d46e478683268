import { describe, expect, test } from "vitest"

import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"
import { nudgeTurn } from "#lib/turns/control/nudge-turn.ts"
import { withdrawTurn } from "#lib/turns/control/withdraw-turn.ts"

import { collect, finishPart, kindsOf, say, submitText } from "../../../support/studio.ts"
import { countingTool, callTool } from "../../../support/turn-tools.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

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
    const stop = () =>
      interruptTurn(other, studio.principal, { conversationId, turnId: first.turnId })
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

  test("without a turn id stops the running turn, then the oldest queued one", async () => {
    const runtime = await studio.start({ role: "web" })
    const conversationId = await studio.createConversation()
    const first = await submitText(studio, runtime, conversationId, "one")
    const second = await submitText(studio, runtime, conversationId, "two")
    const stop = () => interruptTurn(runtime, studio.principal, { conversationId, turnId: null })
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

  test("a queued turn can be withdrawn, a started one cannot", async () => {
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
    const withdraw = (id: string) =>
      withdrawTurn(runtime, studio.principal, { conversationId, turnId: id })
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
  test("is read before the turn ends, even when it arrives with the last word", async () => {
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
    const send = () => nudgeTurn(runtime, studio.principal, { conversationId, ...nudge })
    expect(await send()).toEqual({ buffered: true, pendingCount: 1 })
    expect(await send()).toEqual({ buffered: true, pendingCount: 1 })
    gate.resolve()
    await seen.done(turnId)
    expect(seen.keptText(turnId)).toBe("first\n\nand the tests")
    expect(seen.events.filter((event) => event.event === "nudge")).toHaveLength(1)
    expect(await send()).toEqual({ buffered: true, pendingCount: 0 })
  })

  test("is refused while 50 are unread, without keeping its key, and accepted once they are read", async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    studio.script(async function* (request, call) {
      yield { type: "text", text: `read ${request.history.length}.` }
      await (call === 1 ? first : second).promise
      yield finishPart()
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.events.some((event) => event.event === "text_delta"))
    const send = (text: string) =>
      nudgeTurn(runtime, studio.principal, { conversationId, text, idempotencyKey: text })
    const sent = await Promise.allSettled(Array.from({ length: 60 }, (_, at) => send(`n${at}`)))
    expect(sent.filter(({ status }) => status === "fulfilled")).toHaveLength(50)
    const late = sent.findIndex(({ status }) => status === "rejected")
    expect(sent[late]).toMatchObject({ reason: { code: "queue_full", retryAfterSeconds: 5 } })
    // A replay of an accepted one succeeds even when full.
    const early = sent.findIndex(({ status }) => status === "fulfilled")
    expect(await send(`n${early}`)).toEqual({ buffered: true, pendingCount: 50 })
    first.resolve()
    await waitFor(() => seen.events.filter((event) => event.event === "text_delta").length === 2)
    expect(await send(`n${late}`)).toEqual({ buffered: true, pendingCount: 1 })
    second.resolve()
    await seen.done(turnId)
    expect(seen.events.filter((event) => event.event === "nudge")).toHaveLength(51)
  })

  test("without a running turn is not stored", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const nudge = { text: "anyone?", idempotencyKey: null }
    expect(await nudgeTurn(runtime, studio.principal, { conversationId, ...nudge })).toEqual({
      buffered: false,
      pendingCount: 0,
    })
    expect(await kindsOf(studio, conversationId)).toEqual([])
  })
})
