import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"

import { appendRows } from "#db/queries/journal.ts"
import { newId } from "#lib/ids.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import { encodeBatch } from "#lib/journal/encoded-event.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { collect, createTestStudio, type TestStudio } from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let web: StartedRuntime
const bus = createMemoryBus()

beforeAll(async () => {
  studio = await createTestStudio()
  web = await studio.start({ role: "web", bus })
})

afterAll(() => studio.stop())

/** The fate of one committed batch: whether, how often and how late its hint arrives. */
const fate = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  hints: fc.constantFrom<"none" | "once" | "twice">("none", "once", "once", "twice"),
  isLocal: fc.boolean(),
  lateBy: fc.integer({ min: 0, max: 3 }),
  attaches: fc.boolean(),
})

test("history and live events merge into 1…n although hints are lost, duplicated, late or reordered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 12 }), async (fates) => {
      const conversationId = await studio.createConversation()
      const turnId = newId()
      await studio.db.$client`
        update heads set run_turn = ${turnId}, run_attempt = 1 where conversation_id = ${conversationId}`
      const channel = web.keys.conversationChannel(conversationId)
      const readers = [collect(studio, web, conversationId)]
      const late: { at: number; hint: () => void }[] = []
      let seq = 0
      for (const [round, one] of fates.entries()) {
        if (one.attaches) readers.push(collect(studio, web, conversationId))
        const batch = await append(conversationId, turnId, one.size)
        seq = batch.lastSeq
        const hint = () =>
          one.isLocal ? web.hub.publish(batch) : bus.publish(channel, encodeBatch(batch))
        const times = one.hints === "none" ? 0 : one.hints === "once" ? 1 : 2
        for (let time = 0; time < times; time += 1)
          late.push({ at: round + one.lateBy * time, hint })
        for (const due of late.filter((entry) => entry.at === round).toReversed()) due.hint()
      }
      for (const left of late.toReversed()) left.hint()
      for (const reader of readers) {
        await waitFor(() => (reader.events.at(-1)?.id ?? 0) >= seq, { timeoutMs: 4_000 })
        expect(reader.events.map((event) => event.id)).toEqual(
          Array.from({ length: seq }, (_, index) => index + 1),
        )
        reader.reader.close()
      }
    }),
    { numRuns: 40 },
  )
})

/** The number of appends per turn. */
const appendCounts = new Map<string, number>()

async function append(conversationId: string, turnId: string, count: number): Promise<EventBatch> {
  const number = appendCounts.get(turnId) ?? 0
  appendCounts.set(turnId, number + 1)
  const events = Array.from({ length: count }, (_, index) => ({
    kind: "text_delta" as const,
    json: JSON.stringify({ turn_id: turnId, text: `${index}\r\n\u2028data: x` }),
    detailJson: null,
  }))
  const [outcome] = await appendRows(studio.db, [
    { conversationId, turnId, attempt: 1, append: number, events },
  ])
  if (outcome?.state !== "written") throw new Error("not written")
  const { base } = outcome
  return {
    conversationId,
    firstSeq: base + 1,
    lastSeq: base + count,
    events: events.map((event, index) => ({ ...event, seq: base + 1 + index })),
  }
}
