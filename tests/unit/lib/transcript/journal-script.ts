import fc from "fast-check"

import type { EventKind } from "#lib/protocol/events.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"

/** A generated valid journal: complete turns, lost attempts, tools, nudges, stops, a queue. */
export const journals: fc.Arbitrary<JournalRow[]> = fc
  .array(
    fc.record({
      queuedBehindIt: fc.boolean(),
      attempts: fc.array(
        fc.array(
          fc.oneof(
            fc.record({
              do: fc.constant("text" as const),
              parts: fc.array(words(), { minLength: 1, maxLength: 5 }),
            }),
            fc.record({
              do: fc.constant("tool" as const),
              isError: fc.boolean(),
              isAnswered: fc.boolean(),
            }),
            fc.record({ do: fc.constant("nudge" as const) }),
            fc.record({ do: fc.constant("status" as const) }),
          ),
          { maxLength: 5 },
        ),
        { maxLength: 3 },
      ),
      keeps: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      ending: fc.constantFrom("final", "interrupted", "error", "none"),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map(writeJournal)

function words() {
  return fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("😀", "\n\n", "**b", "a b "))
}

interface ScriptedTurn {
  queuedBehindIt: boolean
  attempts: (
    | { do: "text"; parts: string[] }
    | { do: "tool"; isError: boolean; isAnswered: boolean }
    | { do: "nudge" }
    | { do: "status" }
  )[][]
  keeps: boolean[]
  ending: string
}

function writeJournal(turns: ScriptedTurn[]): JournalRow[] {
  const rows: JournalRow[] = []
  const messageSeqs = new Map<number, number>()
  const push = (kind: EventKind, payload: Record<string, unknown>) => {
    const seq = rows.length + 1
    rows.push({ seq, firstSeq: seq, kind, payload, atMs: 1_000 + seq * 700 })
    return seq
  }
  const message = (index: number) => {
    if (messageSeqs.has(index)) return
    const seq = push("message", {
      turn_id: `t${index}`,
      message_id: `m${index}`,
      text: `question ${index}`,
      attachments: [],
      author: { user_id: "u", name: "Mira" },
      turn_source: "web",
      idempotency_key: `k${index}`,
    })
    messageSeqs.set(index, seq)
  }
  for (const [index, turn] of turns.entries()) {
    message(index)
    writeTurn(
      index,
      messageSeqs.get(index) ?? 0,
      turn,
      push,
      () => turn.queuedBehindIt && index + 1 < turns.length && message(index + 1),
    )
  }
  return rows
}

function writeTurn(
  index: number,
  messageSeq: number,
  turn: ScriptedTurn,
  push: (kind: EventKind, payload: Record<string, unknown>) => number,
  midway: () => unknown,
): void {
  const turn_id = `t${index}`
  let keepSeq = messageSeq
  let calls = 0
  let done = 0
  for (const [attempt, steps] of turn.attempts.entries()) {
    push("turn_started", {
      turn_id,
      attempt: attempt + 1,
      keep_seq: keepSeq,
    })
    for (const step of steps) {
      switch (step.do) {
        case "text":
          for (const text of step.parts) push("text_delta", { turn_id, text })
          push("token_usage", {
            turn_id,
            model: "m",
            input_tokens: 3,
            output_tokens: null,
            cost_usd: 0.5,
          })
          break
        case "tool": {
          const id = `${turn_id}-${attempt}-${calls++}`
          push("tool_call", {
            turn_id,
            id,
            name: "clock",
            scope: "read",
            args_summary: "now",
            args_digest: "d",
          })
          if (step.isAnswered)
            push("tool_result", { turn_id, id, is_error: step.isError, summary: "ok" })
          break
        }
        case "nudge":
          push("nudge", {
            turn_id,
            nudge_id: "n",
            text: "and?",
            author: { user_id: "u", name: "Mira" },
          })
          break
        case "status":
          push("status", { turn_id, message: "thinking" })
      }
      if (turn.keeps[done++ % 3]) keepSeq = push("status", { turn_id, message: "step done" })
    }
    midway()
  }
  if (turn.ending === "none") return
  if (turn.ending === "error") {
    push("error", { turn_id, message: "It broke.", recoverable: true, code: "model_failed" })
  } else {
    const stop_reason = turn.ending === "final" ? "end" : "interrupted"
    push("final", { turn_id, text: "", duration_ms: 5, stop_reason, text_sha256: "" })
  }
  push("done", { turn_id })
}

/** The rows of each turn. */
export function turnsOf(rows: readonly JournalRow[]): Map<string, JournalRow[]> {
  return Map.groupBy(rows, (row) => (row.kind === "title" ? "" : String(row.payload.turn_id)))
}

/** Folds like the server after a turn: each run of consecutive deltas becomes one row. */
export function fold(rows: readonly JournalRow[]): JournalRow[] {
  const folded: JournalRow[] = []
  for (const row of rows) {
    const last = folded.at(-1)
    const isRun =
      last?.kind === "text_delta" &&
      row.kind === "text_delta" &&
      last.payload["turn_id"] === row.payload["turn_id"] &&
      last.seq + 1 === row.seq
    if (last === undefined || !isRun) {
      folded.push(row)
      continue
    }
    folded[folded.length - 1] = {
      ...row,
      firstSeq: last.firstSeq,
      payload: {
        ...row.payload,
        text: `${String(last.payload["text"])}${String(row.payload["text"])}`,
      },
    }
  }
  return folded
}
