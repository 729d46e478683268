import { describe, expect, test } from "vitest"

import { nudgeTurn } from "#lib/turns/control/nudge-turn.ts"

import { loseTurn } from "../../../support/lose-turn.ts"
import { collect, finishPart, keptTextOf, say, submitText } from "../../../support/studio.ts"
import { countingTool, callTool } from "../../../support/turn-tools.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

describe("after a crash", () => {
  test("a new attempt resumes after the last finished step, and a finished side effect is not repeated", async () => {
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
    await loseTurn(studio, turnId)
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
    await loseTurn(studio, turnId)
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
    await nudgeTurn(runtime, studio.principal, { conversationId, ...nudge })
    await loseTurn(studio, turnId)
    await seen.done(turnId)
    expect(seen.keptText(turnId)).toBe("call 2 saw 1")
    expect(studio.calls()).toBe(2)
  })

  test("an attempt that aborts in a living driver is followed by another", async () => {
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
      await loseTurn(studio, turnId)
    }
    await seen.done(turnId)
    expect(studio.calls()).toBe(3)
    expect(seen.events.at(-2)?.data).toMatchObject({ code: "driver_crashed", recoverable: true })
    expect(seen.keptText(turnId)).toBe("attempt 3")
  })
})
