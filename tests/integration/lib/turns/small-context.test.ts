import { createHash } from "node:crypto"

import { describe, expect, test } from "vitest"

import { ModelError, type StepRequest } from "#lib/models/step.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"

import { collect, finishPart, say, submissionOf, submitText } from "../../../support/studio.ts"
import { callTool, countingTool } from "../../../support/turn-tools.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"

const studio = useTestStudio()

const sizeOf = (request: StepRequest) => JSON.stringify(request.history).length

/** A server with a context of that many characters. */
function readsAtMost(charactersMax: number) {
  const sizes: number[] = []
  studio.script((request) => {
    sizes.push(sizeOf(request))
    if (sizeOf(request) > charactersMax) throw tooLong()
    return say("ok")
  })
  return sizes
}

const tooLong = () => new ModelError("context_too_long", "too long", false)

async function ask(runtime: StartedRuntime, conversationId: string, text: string) {
  const { turnId } = await submitText(studio, runtime, conversationId, text)
  const seen = collect(studio, runtime, conversationId)
  await seen.done(turnId)
  const own = seen.events.filter((event) => event.data["turn_id"] === turnId)
  return {
    text: seen.keptText(turnId),
    notices: own.filter((event) => event.event === "status").map((event) => event.data["message"]),
    error: own.find((event) => event.event === "error")?.data["code"],
  }
}

describe("a model with a small context", () => {
  test("gets half of the input until it fits, and people see that messages were dropped", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    for (let count = 1; count <= 5; count += 1) {
      await ask(runtime, conversationId, `${count} ${"x".repeat(2_500)}`)
    }
    const sizes = readsAtMost(7_000)
    const answer = await ask(runtime, conversationId, "short")
    expect(answer.text).toBe("ok")
    expect(answer.notices).toEqual([
      "The oldest 3 messages do not fit the model any more and were left out.",
    ])
    expect(sizes).toHaveLength(2)
    expect(sizes[0]).toBeGreaterThan(12_500)
    expect(sizes[1]).toBeGreaterThan(5_000)
    expect(sizes[1]).toBeLessThan(7_000)

    // The process has learned the size: the next turn is accepted at once.
    const next = await ask(runtime, conversationId, "again")
    expect(next).toMatchObject({ text: "ok", error: undefined })
    expect(sizes).toHaveLength(3)
    expect(sizes[2]).toBeGreaterThan(2_500)
  })

  test("gets the message alone when no history fits", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    await ask(runtime, conversationId, "x".repeat(3_000))
    const sizes = readsAtMost(600)
    const answer = await ask(runtime, conversationId, "short")
    expect(answer.text).toBe("ok")
    expect(answer.notices).toEqual([
      "The oldest message does not fit the model any more and was left out.",
    ])
    expect(sizes.length).toBeLessThanOrEqual(3)
  })

  test("refuses one oversized message, and answers the next short one", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    readsAtMost(5_000)
    const long = await ask(runtime, conversationId, "y".repeat(20_000))
    expect(long).toMatchObject({ text: "", error: "context_too_long", notices: [] })
    const next = await ask(runtime, conversationId, "short")
    expect(next).toMatchObject({ text: "ok", error: undefined })
  })

  test("gets a truncated file together with the history", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    await ask(runtime, conversationId, "before")
    const shown: (number | undefined)[] = []
    studio.script((request) => {
      shown.push(request.attachmentTextMax)
      if ((request.attachmentTextMax ?? 0) > 8_000) throw tooLong()
      return say("ok")
    })
    const bytes = Buffer.from("z".repeat(30_000))
    const submission = submissionOf("read", {
      attachments: [
        {
          filename: "long.txt",
          contentType: "text/plain",
          bytes,
          sha256: createHash("sha256").update(bytes).digest(),
        },
      ],
    })
    const result = await submitTurn(runtime, studio.principal, conversationId, submission)
    if (result.outcome === "conflicting") throw new Error("a fresh key cannot conflict")
    const seen = collect(studio, runtime, conversationId)
    await seen.done(result.turnId)
    expect(seen.keptText(result.turnId)).toBe("ok")
    expect(shown).toEqual([400_000, 15_000, 7_500])
  })

  test("gets truncated tool results before the turn fails", async () => {
    const tool = countingTool("read", async () => ({ summary: "much", result: "r".repeat(9_000) }))
    const runtime = await studio.start({ tools: [tool] })
    const conversationId = await studio.createConversation()
    studio.script(function* (request, call) {
      if (call === 1) {
        yield callTool("c1", "read_tool")
        yield finishPart("tools")
      } else if (sizeOf(request) > 5_000) throw tooLong()
      else yield* say("read")
    })
    const answer = await ask(runtime, conversationId, "look")
    expect(answer).toMatchObject({
      text: "read",
      notices: ["Tool results were shortened to fit the model."],
    })
  })

  test("that always refuses is asked a bounded number of times", async () => {
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    for (let count = 0; count < 4; count += 1) {
      await ask(runtime, conversationId, "x".repeat(50_000))
    }
    const sizes = readsAtMost(0)
    expect((await ask(runtime, conversationId, "hi")).error).toBe("context_too_long")
    expect(sizes.length).toBeLessThan(12)
  })
})
