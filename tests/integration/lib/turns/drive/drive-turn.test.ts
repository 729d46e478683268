import { createHash, randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { ModelError } from "#lib/models/step.ts"
import { briefModel } from "#lib/protocol/model-briefing.ts"
import { collect, finishPart, kindsOf, say, submitText } from "#tests/support/studio.ts"
import { countingTool, callTool } from "#tests/support/turn-tools.ts"
import { useTestStudio } from "#tests/support/use-test-studio.ts"

const studio = useTestStudio()

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

  test("reports its model's waits beside its text", async () => {
    studio.script(function* () {
      yield { type: "status", message: "The model is busy; trying again in 4 s" }
      yield { type: "text", text: "fine" }
      yield finishPart()
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "hi")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    const status = seen.events.find((event) => event.event === "status")
    expect(status?.data).toMatchObject({ message: "The model is busy; trying again in 4 s" })
    expect(seen.events.find((event) => event.event === "final")?.data).toMatchObject({
      text: "fine",
      stop_reason: "end",
    })
  })

  test("with NUL and lone surrogates from the model ends well, as do nine beside it", async () => {
    const poison = "a\0b\ud800c\udc00d"
    const conversations = await Promise.all(
      Array.from({ length: 10 }, () => studio.createConversation()),
    )
    studio.script(function* (request) {
      const [message] = request.history
      const isPoisoned = message?.role === "user" && message.text === "poison"
      yield { type: "text", text: isPoisoned ? poison : "fine" }
      // A surrogate pair split over two pieces is one character.
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

  test("runs its tools after their calls are committed, and passes the results to the model", async () => {
    const conversationId = await studio.createConversation()
    const kindsAtRun: string[][] = []
    const tool = countingTool("read", async () => {
      kindsAtRun.push(await kindsOf(studio, conversationId))
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

  test("first tells the model the person, their local date, and the source of the message", async () => {
    const { userId, tenantId } = studio.principal
    await studio.db.$client`update users set time_zone = 'Asia/Tokyo' where id = ${userId}`
    await studio.db.$client`
      update agents set instructions = 'Be brief.' where tenant_id = ${tenantId}`
    const instructions: string[] = []
    studio.script((request) => {
      instructions.push(request.instructions)
      return say("ok")
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const before = new Date()
    const { turnId } = await submitText(studio, runtime, conversationId, "hi")
    await collect(studio, runtime, conversationId).done(turnId)
    const briefings = [before, new Date()].map((now) =>
      briefModel(
        { agentName: "Assistant", personName: "Mira", timeZone: "Asia/Tokyo", source: "api", now },
        "Be brief.",
      ),
    )
    expect(briefings).toContain(instructions[0])
  })

  test("ends in one error when the model fails, with its text kept", async () => {
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

  test("ends in an error when its person or agent is gone, and is not retried", async () => {
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

  test("ends as too long when the model never stops, with its text kept", async () => {
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

  test("ends as turn_timeout after its time limit with its text kept, and the next one is answered", async () => {
    let aborts = 0
    studio.script(async function* (request, call) {
      if (call > 1) return yield* say("in time")
      yield { type: "text", text: "so far" }
      // A model that ignores the abort.
      request.signal.addEventListener("abort", () => (aborts += 1))
      await new Promise(() => {})
    })
    const runtime = await studio.start({ attemptMsMax: 1_000 })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const { turnId: next } = await submitText(studio, runtime, conversationId, "and this")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    const error = seen.events.find((event) => event.event === "error")
    expect(error?.data).toMatchObject({ turn_id: turnId, code: "turn_timeout", recoverable: true })
    expect(seen.keptText(turnId)).toBe("so far")
    expect(aborts).toBe(1)
    await seen.done(next)
    expect(seen.keptText(next)).toBe("in time")
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

  test("sees the turns before it and not the messages queued behind it", async () => {
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
