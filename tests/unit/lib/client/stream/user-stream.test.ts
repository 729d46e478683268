import { afterEach, beforeEach, expect, test, vi } from "vitest"

import type { EventReader, EventReaderOptions } from "#lib/client/stream/event-reader.ts"
import { UserStream } from "#lib/client/stream/user-stream.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A stream whose connections the test opens, feeds and cuts. */
function stream() {
  const told: string[] = []
  const readers: { options: EventReaderOptions; url: string; isStopped: boolean }[] = []
  const opened = new UserStream({
    url: "/stream",
    onRows: (id, rows) => told.push(`${id} ${rows.map((row) => row.seq).join()}`),
    onStale: (id, afterSeq) => told.push(`${id} stale ${afterSeq}`),
    onConversation: (payload) => told.push(`state ${String(payload["id"])}`),
    onState: (state) => told.push(state),
    onOpened: () => told.push("opened"),
    onClosed: (status) => told.push(`closed ${status}`),
    createReader: (options): EventReader => {
      const reader = { options, url: "", isStopped: false }
      readers.push(reader)
      return {
        start: () => (reader.url = options.url()),
        wake: () => {},
        sleep: () => {},
        stop: () => (reader.isStopped = true),
      }
    },
  })
  const send = (at: number, id: string, seq: number) =>
    readers[at]?.options.onEvent(
      {
        id: `${id}:${seq}`,
        event: "text_delta",
        data: JSON.stringify({ conversation_id: id, text: "x" }),
      },
      null,
    )
  return { opened, told, readers, send }
}

test("adding a conversation uses a second connection, without a gap between the two", () => {
  const { opened, told, readers, send } = stream()
  opened.follow("a", 5)
  opened.start()
  expect(readers[0]?.url).toBe("/stream?scope=full&since=a:5")
  readers[0]?.options.onState("live")
  send(0, "a", 6)
  readers[0]?.options.onRead?.()
  opened.follow("b", 0)
  vi.advanceTimersByTime(50)
  expect(readers[1]?.url).toBe("/stream?scope=full&since=a:6,b:0")
  expect(readers[0]?.isStopped).toBe(false)
  send(0, "a", 7)
  readers[0]?.options.onRead?.()
  readers[1]?.options.onState("live")
  expect(readers[0]?.isStopped).toBe(true)
  send(0, "a", 8)
  send(1, "b", 1)
  readers[1]?.options.onRead?.()
  expect(told).toEqual(["opened", "live", "a 6", "a 7", "live", "b 1"])
})

test("a cursor behind it makes it go back, one that is not changes nothing", () => {
  const { opened, readers, send } = stream()
  opened.follow("a", 5)
  opened.start()
  readers[0]?.options.onState("live")
  for (const seq of [6, 7, 8]) send(0, "a", seq)
  opened.follow("a", 8)
  vi.advanceTimersByTime(50)
  expect(readers).toHaveLength(1)
  opened.follow("a", 6)
  send(0, "a", 9)
  vi.advanceTimersByTime(50)
  expect(readers[1]?.url).toBe("/stream?scope=full&since=a:6")
})

test("a reconnect after a cut is reported as a new connection", () => {
  const { opened, told, readers } = stream()
  opened.start()
  readers[0]?.options.onState("live")
  readers[0]?.options.onState("reconnecting")
  readers[0]?.options.onState("live")
  expect(told).toEqual(["opened", "live", "reconnecting", "opened", "live"])
})

test("a refusal ends it, and only the fifty latest conversations are followed", () => {
  const { opened, told, readers } = stream()
  for (let each = 0; each < 60; each += 1) opened.follow(`c${each}`, 0)
  opened.start()
  const since = readers[0]?.url.split("since=")[1]?.split(",") ?? []
  expect(since).toHaveLength(50)
  expect(since.at(-1)).toBe("c59:0")
  readers[0]?.options.onClosed(401)
  expect(readers[0]?.isStopped).toBe(true)
  expect(told).toEqual(["closed 401"])
})
