import { describe, expect, test } from "vitest"

import { eventKinds, type EventKind } from "#lib/protocol/events.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"
import { toJournalRow } from "#lib/transcript/journal-row.ts"
import { emptyTrace, traceRow, type Trace } from "#lib/transcript/trace.ts"

const row = (kind: string, atMs: number) =>
  toJournalRow({ seq: atMs, firstSeq: atMs, kind, payload: { id: "a" }, atMs })

/** Ignores the time of the last event, which every row changes. */
function drawn({ segments, open, openCalls }: Trace) {
  return { segments, open, openCalls }
}

describe.each(eventKinds)("%s", (kind) => {
  test("is loaded for the traces of a list if and only if it changes a trace", () => {
    const befores = [["turn_started"], ["turn_started", "tool_call"]].map((kinds) =>
      kinds.map((name, index) => row(name, index + 1)).reduce(traceRow, emptyTrace),
    )
    const hasChanged = befores.some(
      (before) =>
        JSON.stringify(drawn(traceRow(before, row(kind, 9)))) !== JSON.stringify(drawn(before)),
    )
    expect(factsOf(kind).isTraced).toBe(hasChanged)
  })
})

test("a name known only to a newer process has no effect", () => {
  for (const name of ["from_the_future", "toString", "__proto__"]) {
    expect(factsOf(name as string as EventKind)).toMatchObject({
      isListed: false,
      isTool: false,
      detail: null,
      searchedAs: null,
    })
  }
})
