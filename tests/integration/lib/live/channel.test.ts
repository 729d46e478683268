import { afterAll, beforeAll, expect, test } from "vitest"

import type { EventBatch } from "#lib/journal/encoded-event.ts"
import { Channel } from "#lib/live/channel.ts"
import { createLog } from "#lib/log.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"

import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio

beforeAll(async () => {
  studio = await createTestStudio()
})

afterAll(() => studio.stop())

test("a batch overlapping delivered events gives every reader, including late ones, each event once", async () => {
  const conversationId = await studio.createConversation()
  const channel = new Channel({
    tenantId: studio.principal.tenantId,
    conversationId,
    db: studio.db,
    bus: createMemoryBus(),
    busChannel: "test",
    log: createLog("silent"),
  })
  await channel.opened
  const batch = (firstSeq: number, lastSeq: number): EventBatch => ({
    conversationId,
    firstSeq,
    lastSeq,
    events: Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => ({
      seq: firstSeq + index,
      kind: "status",
      json: "{}",
    })),
  })
  const received: number[] = []
  channel.readers.add({
    receive: (part) => received.push(...part.events.map((event) => event.seq)),
    tellActive: () => {},
    end: () => {},
  })
  channel.deliver(batch(1, 3))
  channel.deliver(batch(2, 6))
  channel.deliver(batch(4, 5))
  expect(received).toEqual([1, 2, 3, 4, 5, 6])
  expect(channel.recentAfter(1)?.map((event) => event.seq)).toEqual([2, 3, 4, 5, 6])
  channel.close()
})

test("events received before the channel knew its position do not bridge a gap", async () => {
  const conversationId = await studio.createConversation()
  await studio.db.$client`
    update heads set last_seq = 6 where conversation_id = ${conversationId}`
  const channel = new Channel({
    tenantId: studio.principal.tenantId,
    conversationId,
    db: studio.db,
    bus: createMemoryBus(),
    busChannel: "test",
    log: createLog("silent"),
  })
  const one = (seq: number): EventBatch => ({
    conversationId,
    firstSeq: seq,
    lastSeq: seq,
    events: [{ seq, kind: "status", json: "{}" }],
  })
  channel.deliver(one(1))
  await channel.opened
  channel.deliver(one(7))
  expect(channel.seq).toBe(7)
  expect(channel.recentAfter(1)).toBeNull()
  expect(channel.recentAfter(6)?.map((event) => event.seq)).toEqual([7])
  channel.close()
})
