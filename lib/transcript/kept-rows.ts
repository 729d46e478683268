import type { EventKind } from "#lib/protocol/events.ts"

import { numberOf, textOf, type JournalRow } from "./journal-row.ts"

/**
 * What becomes of an event when a later attempt starts over before it: `kept`, `dropped`, or
 * `counted`: what it cost stays, what it says is gone.
 */
const whenLost: Readonly<Record<EventKind, "kept" | "dropped" | "counted">> = {
  message: "kept",
  turn_started: "kept",
  nudge: "kept",
  text_delta: "dropped",
  status: "dropped",
  tool_call: "dropped",
  tool_result: "dropped",
  token_usage: "counted",
  final: "dropped",
  error: "dropped",
  done: "dropped",
  title: "dropped",
}

/** The rows of a turn that are still said: without what a later `turn_started` dropped. */
export function keptRows<Row extends JournalRow>(rows: readonly Row[]): Row[] {
  return rowsThatStand(rows, ({ kind }) => whenLost[kind] === "kept")
}

/** The same, and what was paid for attempts that are lost. */
export function keptAndCountedRows<Row extends JournalRow>(rows: readonly Row[]): Row[] {
  // A name that only a newer process knows is in no table, and dropped.
  return rowsThatStand(rows, ({ kind }) => (whenLost[kind] ?? "dropped") !== "dropped")
}

/** The text of a turn's answer as far as it is kept. */
export function keptText(rows: readonly JournalRow[]): string {
  return keptRows(rows)
    .map((row) => (row.kind === "text_delta" ? textOf(row.payload, "text") : ""))
    .join("")
}

function rowsThatStand<Row extends JournalRow>(
  rows: readonly Row[],
  outlastsLoss: (row: Row) => boolean,
): Row[] {
  const stand: Row[] = []
  let keepSeq = Infinity
  for (const row of rows.toReversed()) {
    if (row.seq <= keepSeq || outlastsLoss(row)) stand.push(row)
    keepSeq = Math.min(keepSeq, keepSeqOf(row))
  }
  return stand.reverse()
}

/** Up to which seq what came before a row stays. */
function keepSeqOf(row: JournalRow): number {
  return (row.kind === "turn_started" ? numberOf(row.payload, "keep_seq") : null) ?? Infinity
}
