import { describe, expect, test } from "vitest"
import { z } from "zod"

import type { AgentTool } from "#lib/models/step.ts"
import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"
import { nudgeTurn } from "#lib/turns/control/nudge-turn.ts"
import { loseTurn } from "#tests/support/lose-turn.ts"
import { collect, finishPart, say, submitText, type Collected } from "#tests/support/studio.ts"
import { useTestStudio } from "#tests/support/use-test-studio.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const studio = useTestStudio()

const attemptsOf = (seen: Collected) =>
  seen.events
    .filter((event) => event.event === "turn_started")
    .map((event) => event.data["attempt"])

/** A model that takes `ms` in total. */
function slowly(ms: number) {
  studio.script(async function* () {
    for (let passed = 0; passed < ms; passed += 100) {
      yield { type: "text", text: "." }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    yield finishPart()
  })
}

describe("a living driver", () => {
  test("keeps a turn that takes longer than its lease", async () => {
    slowly(6_000)
    const [runtime] = [
      await studio.start({ leaseSeconds: 2 }),
      await studio.start({ leaseSeconds: 2, role: "driver" }),
    ]
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(turnId)
    expect(attemptsOf(seen)).toEqual([1])
  })

  test("keeps it while draining, and the turn ends where it began", async () => {
    slowly(5_000)
    const [first, second] = [
      await studio.start({ leaseSeconds: 2 }),
      await studio.start({ leaseSeconds: 2 }),
    ]
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, first, conversationId, "go")
    const seen = collect(studio, second, conversationId)
    await waitFor(() => seen.keptText(turnId) !== "")
    await first.stop()
    await seen.done(turnId)
    expect(attemptsOf(seen)).toEqual([1])
  })

  test("obeys Stop while draining", async () => {
    studio.script(async function* (request) {
      yield { type: "text", text: "…" }
      await new Promise((_resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")))
      })
    })
    const [first, second] = [await studio.start(), await studio.start({ role: "web" })]
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, first, conversationId, "go")
    const seen = collect(studio, second, conversationId)
    await waitFor(() => seen.keptText(turnId) !== "")
    const stopping = first.stop()
    await interruptTurn(second, studio.principal, { conversationId, turnId })
    await waitFor(() => seen.events.some((event) => event.event === "done"), { timeoutMs: 3_000 })
    await stopping
    expect(seen.events.at(-2)?.data).toMatchObject({ stop_reason: "interrupted" })
  })
})

describe("a driver that lost its turns and claimed them again", () => {
  test("still obeys Stop", async () => {
    studio.script(async function* (request, call) {
      yield { type: "text", text: `call ${call}` }
      if (call === 1) return yield* say("")
      await new Promise((_resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")))
      })
    })
    const gate = Promise.withResolvers<void>()
    let hasPassed = false
    /** The lost attempt ends only after the new one has begun. */
    const failpoint = async (name: string) => {
      if (name !== "turn.after_model_call") return
      await gate.promise
      hasPassed = true
    }
    const [runtime, other] = [
      await studio.start({ failpoint }),
      await studio.start({ role: "web" }),
    ]
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, other, conversationId)
    await waitFor(() => seen.events.some((event) => event.event === "token_usage"))
    // Its only model call is not its last output: a nudge is pending.
    await nudgeTurn(other, studio.principal, { conversationId, text: "on", idempotencyKey: null })
    await loseTurn(studio, turnId)
    await waitFor(() => seen.keptText(turnId).includes("call 2"), { timeoutMs: 10_000 })
    gate.resolve()
    await waitFor(() => hasPassed)
    await new Promise((resolve) => setImmediate(resolve))
    await interruptTurn(other, studio.principal, { conversationId, turnId })
    await waitFor(() => seen.events.some((event) => event.event === "done"), { timeoutMs: 2_500 })
    expect(attemptsOf(seen)).toEqual([1, 2])
    expect(seen.events.at(-2)?.data).toMatchObject({ stop_reason: "interrupted" })
  })

  test("does not report a lost tool call as stopped by a person", async () => {
    let runs = 0
    const tool: AgentTool = {
      name: "write_tool",
      description: "Writes.",
      scope: "write",
      inputSchema: z.object({}),
      summarizeArgs: () => "write",
      run: async (_args, { signal }) => {
        runs += 1
        return await new Promise<never>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")))
        })
      },
    }
    studio.script(function* (_request, call) {
      if (call > 1) return yield* say("so be it")
      yield { type: "tool_call", id: "w", name: "write_tool", args: {} }
      yield finishPart("tools")
    })
    const runtime = await studio.start({ tools: [tool] })
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => runs === 1)
    await loseTurn(studio, turnId)
    await seen.done(turnId)
    const result = seen.events.find((event) => event.event === "tool_result")
    expect(result?.data).toMatchObject({ id: "w", is_error: true, summary: "outcome unknown" })
    expect(runs).toBe(1)
  })
})
