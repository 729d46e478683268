import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"

import { claimTurns } from "#db/queries/turns.ts"
import { attachStream } from "#lib/live/attach-stream.ts"
import type { Reader } from "#lib/live/reader.ts"
import { attachUserStream } from "#lib/live/user-stream.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { createTestStudio, kindsOf, submitText, type TestStudio } from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let web: StartedRuntime

// Only the hub uses the test's clock; PostgreSQL and its driver use the real one.
beforeEach(async () => {
  studio = await createTestStudio()
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
  web = await studio.start({ role: "web" })
})

afterEach(async () => {
  vi.useRealTimers()
  await studio.stop()
})

interface Attached {
  reader: Reader
  /** Frames of the last simulated second. */
  frames: string[]
  isEnded(): boolean
  setFull(isFull: boolean): void
}

/** A stream of one conversation, or a person's combined stream with that one in it. */
async function attach(conversationId: string, kind: "one" | "all"): Promise<Attached> {
  const frames: string[] = []
  let isEnded = false
  let isFull = false
  const { tenantId, userId } = studio.principal
  const start = { kind: "live" } as const
  const open =
    kind === "one"
      ? attachStream(web, { tenantId, conversationId, start, scope: "tools" })
      : attachUserStream(web, {
          tenantId,
          userId,
          starts: new Map([[conversationId, start]]),
          missing: [],
          scope: "tools",
          known: new Map(),
        })
  const reader = open({
    write(bytes) {
      frames.push(new TextDecoder().decode(bytes))
      return !isFull
    },
    end: () => (isEnded = true),
  })
  // All pending events have arrived: from here on only the clock triggers frames.
  const probe = await studio.db.$client<{ busy: boolean }[]>`
    select run_turn is not null or queued > 0 as busy from heads
    where conversation_id = ${conversationId}`
  if (probe[0]?.busy === true)
    await waitFor(() => frames.some((frame) => frame.includes("message")))
  return { reader, frames, isEnded: () => isEnded, setFull: (next) => (isFull = next) }
}

/** Advances the clock by seconds. @returns the seconds with a matching frame */
function secondsWith(attached: Attached, seconds: number, pattern: string): number[] {
  const found: number[] = []
  for (let second = 1; second <= seconds; second += 1) {
    attached.frames.length = 0
    vi.advanceTimersByTime(1_000)
    if (attached.frames.some((frame) => frame.includes(pattern))) found.push(second)
  }
  return found
}

const distances = (seconds: readonly number[]) =>
  seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))

describe.each(["one", "all"] as const)("a stream (%s)", (kind) => {
  test("sends an idle keepalive every 15 s", async () => {
    const attached = await attach(await studio.createConversation(), kind)
    expect(distances(secondsWith(attached, 60, ": idle\n\n"))).toEqual([15, 15, 15])
    expect(secondsWith(attached, 30, ": ping\n\n")).toEqual([])
  })

  test("sends a keepalive every 15 s while a turn is queued or running", async () => {
    const conversationId = await studio.createConversation()
    await submitText(studio, web, conversationId, "go")
    const attached = await attach(conversationId, kind)
    expect(distances(secondsWith(attached, 60, ": ping\n\n"))).toEqual([15, 15, 15])
    expect(secondsWith(attached, 30, ": idle\n\n")).toEqual([])
  })

  test("is closed when its reader takes nothing for 30 s, and kept when it reads in time", async () => {
    const attached = await attach(await studio.createConversation(), kind)
    attached.setFull(true)
    // A keepalive finds it full; from then on it has 30 s.
    secondsWith(attached, 15, "")
    secondsWith(attached, 14, "")
    expect(attached.isEnded()).toBe(false)
    attached.reader.resume()
    secondsWith(attached, 15, "")
    secondsWith(attached, 15, "")
    expect(attached.isEnded()).toBe(false)
    secondsWith(attached, 17, "")
    expect(attached.isEnded()).toBe(true)
  })

  test("reports a silent running turn from 2 s on", async () => {
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, web, conversationId, "go")
    const attached = await attach(conversationId, kind)
    // A queued turn is not running.
    expect(secondsWith(attached, 6, "agent_active")).toEqual([])
    await claimTurns(studio.db, { id: 1, leaseSeconds: 60, turnsMax: 1 })
    const running = await attach(conversationId, kind)
    // Its last event is six seconds old.
    expect(secondsWith(running, 5, "agent_active")).toEqual([1, 3, 5])
    const frame = running.frames.find((one) => one.includes("agent_active")) ?? ""
    expect(frame).not.toContain("id:")
    expect(JSON.parse(frame.split("data: ")[1] ?? "{}")).toEqual({
      ...(kind === "one" ? {} : { conversation_id: conversationId }),
      turn_id: turnId,
      hint: "thinking",
    })
    const base = { conversationId, firstSeq: 2, lastSeq: 2 }
    const said = (event: "tool_call" | "done") => ({
      ...base,
      events: [{ seq: 2, kind: event, json: `{"turn_id":"${turnId}"}` }],
    })
    web.hub.publish(said("tool_call"))
    // New output postpones it.
    expect(secondsWith(running, 2, "agent_active")).toEqual([2])
    expect(running.frames.join("")).toContain('"hint":"working"')
    web.hub.publish({
      ...said("done"),
      firstSeq: 3,
      lastSeq: 3,
      events: [{ seq: 3, kind: "done", json: `{"turn_id":"${turnId}"}` }],
    })
    expect(secondsWith(running, 6, "agent_active")).toEqual([])
    expect(await kindsOf(studio, conversationId)).toEqual(["message"])
  })
})
