import type { EventKind } from "#lib/protocol/events.ts"

import type { eventFacts } from "./event-facts.ts"
import { numberOf, textOf, type JournalRow } from "./journal-row.ts"

type Fate = (typeof eventFacts)[EventKind]["whenLost"]
type KindsThatAre<F extends Fate> = {
  [K in EventKind]: (typeof eventFacts)[K]["whenLost"] extends F ? K : never
}[EventKind]

/** The subset of the facts that the chat page loads; `tsc` checks that both agree. */
const outlasting: { [K in KindsThatAre<"kept">]: "kept" } & {
  [K in KindsThatAre<"counted">]: "counted"
} = { message: "kept", turn_started: "kept", nudge: "kept", token_usage: "counted" }

const fates: Partial<Record<EventKind, Fate>> = outlasting

/** The rows of a turn without those dropped by a later `turn_started`. */
export function keptRows<Row extends JournalRow>(rows: readonly Row[]): Row[] {
  return rowsThatStand(rows, ({ kind }) => fates[kind] === "kept")
}

/** The same, plus the usage of lost attempts. */
export function keptAndCountedRows<Row extends JournalRow>(rows: readonly Row[]): Row[] {
  return rowsThatStand(rows, ({ kind }) => fates[kind] !== undefined)
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

/** The last seq before a row that it keeps. */
function keepSeqOf(row: JournalRow): number {
  return (row.kind === "turn_started" ? numberOf(row.payload, "keep_seq") : null) ?? Infinity
}
