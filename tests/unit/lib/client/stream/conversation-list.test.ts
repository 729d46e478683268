import { afterEach, beforeEach, expect, test, vi } from "vitest"

import { ConversationList, undoMs } from "#lib/client/stream/conversation-list.ts"
import type { ConversationItem } from "#lib/protocol/conversations.ts"

let asked: string[]
beforeEach(() => {
  asked = []
  vi.useFakeTimers()
  vi.stubGlobal("window", globalThis)
  vi.stubGlobal("fetch", (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path.split("/").at(-1)}`)
    return Promise.resolve(new Response(null, { status: 204 }))
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Only a row's id and position matter here. */
function listOf(...ids: string[]): ConversationList {
  const items = ids.map((id) => ({ id, last_activity_at: "2026-03-10T08:00:00Z" }))
  return new ConversationList({ items: items as unknown as ConversationItem[], nextCursor: null })
}

const idsOf = (list: ConversationList) => list.getState().items.map(({ id }) => id)

test("a delete is sent after the undo period, unless it was undone", async () => {
  const list = listOf("kept", "gone")
  list.delete("kept")
  list.delete("gone")
  expect(idsOf(list)).toEqual([])
  await vi.advanceTimersByTimeAsync(undoMs - 1)
  list.undoDelete("kept")
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual(["DELETE gone"])
  expect(idsOf(list)).toEqual(["kept"])
})

test("leaving the page sends pending deletes, once", async () => {
  const list = listOf("gone")
  list.delete("gone")
  list.flushDeletes()
  await vi.advanceTimersByTimeAsync(undoMs)
  expect(asked).toEqual(["DELETE gone"])
})

test("a conversation outside the loaded list can be deleted and restored as well", async () => {
  const list = listOf("loaded")
  for (const id of ["behind", "kept"]) list.delete(id)
  list.undoDelete("kept")
  await vi.advanceTimersByTimeAsync(undoMs)
  expect(asked).toEqual(["DELETE behind"])
  expect(idsOf(list)).toEqual(["loaded"])
})
