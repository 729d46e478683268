import { createParser } from "eventsource-parser"
import { describe, expect, test } from "vitest"

import { deleteConversation } from "#lib/conversations/delete-conversation.ts"
import type { StreamStart } from "#lib/live/reader.ts"
import { attachUserStream } from "#lib/live/user-stream.ts"
import type { StepPart } from "#lib/models/step.ts"
import { conversationState } from "#lib/protocol/conversations.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { noRequest, finishPart, submitText } from "../../../support/studio.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

interface Seen {
  id: string | undefined
  event: string
  data: Record<string, unknown>
}

/** @param options `takes` = capacity of the sink in bytes; once full it waits for `resume` */
async function attach(
  runtime: StartedRuntime,
  starts: Record<string, StreamStart>,
  options: { takes?: number } = {},
) {
  const { principal } = studio
  const seen: Seen[] = []
  let isEnded = false
  let taken = 0
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      seen.push({ id, event: event ?? "", data: JSON.parse(data) as Seen["data"] }),
  })
  const known = await runtime.changes.readKnown(principal, Object.keys(starts))
  const decoder = new TextDecoder()
  const reader = attachUserStream(runtime, {
    tenantId: principal.tenantId,
    userId: principal.userId,
    starts: new Map(Object.entries(starts)),
    missing: [],
    scope: "tools",
    known,
  })({
    write(bytes) {
      parser.feed(decoder.decode(bytes, { stream: true }))
      taken += bytes.length
      return taken < (options.takes ?? Infinity)
    },
    end: () => (isEnded = true),
  })
  return {
    seen,
    reader,
    isEnded: () => isEnded,
    of: (id: string) => seen.filter((event) => event.data["conversation_id"] === id),
    states: (id: string) =>
      seen.filter((event) => event.event === "conversation" && event.data["id"] === id),
    takeMore(bytes: number) {
      taken -= bytes
      reader.resume()
    },
  }
}

async function* paced(words: number, everyMs: number): AsyncIterable<StepPart> {
  for (let word = 0; word < words; word += 1) {
    yield { type: "text", text: `${word} ${"x".repeat(50)} ` }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  yield finishPart()
}

const fromStart: StreamStart = { kind: "after", seq: 0 }
const idsFrom = (id: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${id}:${first + index}`)

describe("events", () => {
  test("of several conversations share one stream, each in order and without gaps", async () => {
    studio.script(() => paced(30, 3))
    const runtime = await studio.start()
    const ids = await Promise.all([1, 2, 3].map(() => studio.createConversation()))
    const [one = "", two = "", three = ""] = ids
    await submitText(studio, runtime, one, "early")
    const stream = await attach(runtime, { [one]: fromStart, [two]: fromStart, [three]: fromStart })
    await submitText(studio, runtime, two, "late")
    await submitText(studio, runtime, three, "later")
    for (const id of ids) {
      await waitFor(() => stream.of(id).at(-1)?.event === "done", { timeoutMs: 15_000 })
      const events = stream.of(id)
      expect(events.map((event) => event.id)).toEqual(idsFrom(id, 1, events.length))
    }
    stream.reader.close()
    expect(runtime.hub.readerCount).toBe(0)
  })

  test("reach a slow reader completely and without duplicates", async () => {
    studio.script(() => paced(60, 1))
    const runtime = await studio.start()
    const ids = await Promise.all([1, 2].map(() => studio.createConversation()))
    const [one = "", two = ""] = ids
    const stream = await attach(runtime, { [one]: fromStart, [two]: fromStart }, { takes: 500 })
    const turns = await Promise.all(ids.map((id) => submitText(studio, runtime, id, "go")))
    expect(turns).toHaveLength(2)
    const isDone = () => ids.every((id) => stream.of(id).some((event) => event.event === "done"))
    await waitFor(
      () => {
        stream.takeMore(700)
        return isDone()
      },
      { timeoutMs: 20_000, everyMs: 5 },
    )
    for (const id of ids) {
      const events = stream.of(id)
      expect(events.map((event) => event.id)).toEqual(idsFrom(id, 1, events.length))
    }
  })

  test("report a deleted conversation once, and the others continue", async () => {
    const runtime = await studio.start()
    const [gone, stays] = [await studio.createConversation(), await studio.createConversation()]
    const stream = await attach(runtime, { [gone]: fromStart, [stays]: fromStart })
    await deleteConversation({ ...runtime, request: noRequest }, studio.principal, {
      conversationId: gone,
    })
    await waitFor(() => stream.states(gone).length > 0, { timeoutMs: 3_000 })
    await submitText(studio, runtime, stays, "go")
    await waitFor(() => stream.of(stays).at(-1)?.event === "done")
    expect(stream.states(gone).map((event) => event.data)).toEqual([{ id: gone, deleted: true }])
    expect(stream.isEnded()).toBe(false)
  })

  test("stop for a conversation the person can no longer see, and only for that one", async () => {
    const runtime = await studio.start()
    const [lost, stays] = [await studio.createConversation(), await studio.createConversation()]
    const stream = await attach(runtime, { [lost]: fromStart, [stays]: fromStart })
    await studio.db.$client`delete from participants where conversation_id = ${lost}`
    await waitFor(() => stream.states(lost).length > 0, { timeoutMs: 5_000 })
    await submitText(studio, runtime, stays, "go")
    await waitFor(() => stream.of(stays).at(-1)?.event === "done")
    expect(stream.states(lost).at(-1)?.data).toEqual({ id: lost, deleted: true })
  })
})

describe("states", () => {
  test("of conversations without readers: running, then idle and unread, with title and text", async () => {
    studio.script(() => paced(5, 30))
    const runtime = await studio.start()
    const [quiet, busy] = [await studio.createConversation(), await studio.createConversation()]
    const stream = await attach(runtime, {})
    await submitText(studio, runtime, busy, "What is up?")
    await waitFor(() => stream.states(busy).at(-1)?.data["status"] === "idle")
    const states = stream.states(busy).map((event) => conversationState.parse(event.data))
    expect(states.some((state) => state.status === "running")).toBe(true)
    expect(states.at(-1)).toMatchObject({
      status: "idle",
      unread: true,
      title: "What is up?",
      last_text: expect.stringContaining("0 xxx"),
    })
    expect(stream.states(busy).every((event) => event.id === undefined)).toBe(true)
    expect(stream.states(quiet)).toEqual([])
  })

  test("are found by polling when no hint arrived", async () => {
    const runtime = await studio.start({ role: "web" })
    const id = await studio.createConversation()
    const stream = await attach(runtime, {})
    await studio.db.$client`update conversations set title = 'Elsewhere' where id = ${id}`
    await waitFor(() => stream.states(id).at(-1)?.data["title"] === "Elsewhere")
    const made = await studio.createConversation()
    await waitFor(() => stream.states(made).length === 1, { timeoutMs: 6_000 })
  })

  test("are complete between reading the list and opening the stream", async () => {
    const runtime = await studio.start({ role: "web" })
    const id = await studio.createConversation()
    const known = await runtime.changes.readKnown(studio.principal, [])
    await studio.db.$client`update conversations set title = 'Just now' where id = ${id}`
    const told: string[] = []
    const leave = runtime.changes.follow({
      ...studio.principal,
      known,
      isReading: () => false,
      tell: (conversationId) => told.push(conversationId),
      tellGone: () => {},
    })
    await waitFor(() => told.length === 1, { timeoutMs: 1_000 })
    expect(told).toEqual([id])
    leave()
  })

  test("never include another person's conversations", async () => {
    const runtime = await studio.start({ role: "web" })
    const id = await studio.createConversation()
    await studio.db.$client`delete from participants where conversation_id = ${id}`
    const stream = await attach(runtime, {})
    runtime.changes.note(id)
    const own = await studio.createConversation()
    runtime.changes.note(own)
    await waitFor(() => stream.states(own).length === 1)
    expect(stream.states(id)).toEqual([])
  })
})
