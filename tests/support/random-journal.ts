import fc from "fast-check"

import type { StoredRow } from "#db/queries/journal.ts"
import type { ProviderNotes } from "#lib/models/answer/provider-notes.ts"
import type { EventKind } from "#lib/protocol/events.ts"

/** A conversation as in the journal: ended turns, and the one to be answered. */
export interface RandomConversation {
  turns: { id: string; outcome: string; rows: StoredRow[] }[]
  now: { id: string; rows: StoredRow[] }
}

type Row = [kind: EventKind, payload: object, detail?: object]

const models = ["openai-compatible/a", "openai/b", "anthropic/c"]

/** Typical and unusual texts of models and people. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("Hello.", "Weather?", "It is sunny.\n", "again") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "\n\n",
      "\u200b",
      "\u2800",
      "\u0085",
      "\ufeff",
      "\0",
      "\ud800",
      "a\0\udc00b",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
)
const id = fc.oneof(
  fc.constantFrom("a", "call_1", "call_1|fc_2", "functions.calculate:0", "", " ", "abcDEF123"),
  fc.string({ maxLength: 80 }),
  fc.uuid(),
)
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("weather", "calculate") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      " ",
      " weather ",
      "functions.weather",
      "weather<|x|>",
      "9lives",
      "名前",
      "a.b:c",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 90 }) },
)
const value = fc.oneof(
  fc.constantFrom<unknown>({}, { city: "Oslo" }, "", "text", null, 7, [], { "\ud800": ["\0"] }),
  fc.jsonValue({ maxDepth: 4 }),
)
const attachment = fc.record({
  attachment_id: fc.constantFrom("f1", "f2", "f3"),
  filename: fc.constantFrom("photo.png", "a\ud800.txt", " ", "x".repeat(200)),
  content_type: fc.constantFrom("image/png", "text/plain", "application/pdf"),
  size_bytes: fc.integer({ min: 1, max: 5_000 }),
})
const nudge = fc.record({ kind: fc.constant("nudge" as const), text })

const step = fc.record({
  kind: fc.constant("step" as const),
  texts: fc.array(text, { maxLength: 3 }),
  thought: fc.option(text),
  calls: fc.array(fc.record({ id, name, args: value, result: fc.option(value) }), { maxLength: 3 }),
  /** False when it broke off or was stopped. */
  isFinished: fc.boolean(),
  model: fc.constantFrom(...models),
  isSigned: fc.boolean(),
  isRestarted: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const turn = fc.record({
  text,
  attachments: fc.array(attachment, { maxLength: 2 }),
  parts: fc.array(fc.oneof({ weight: 3, arbitrary: step }, nudge), { maxLength: 4 }),
  outcome: fc.constantFrom("end", "interrupted", "error", "length", "steps", "withdrawn"),
})
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

/** Conversations of up to six turns that failed, were stopped, used tools, or succeeded. */
export const randomConversation: fc.Arbitrary<RandomConversation> = fc
  .record({ earlier: fc.array(turn, { maxLength: 5 }), now: turn })
  .map(({ earlier, now }) => {
    let seq = 0
    const write = (one: Turn, index: number, isOpen: boolean) => {
      const turnId = `t${index}`
      const rows = rowsOf(one, isOpen).map((row) => toStored(row, turnId, (seq += 1)))
      return { id: turnId, outcome: one.outcome, rows }
    }
    const turns = earlier.map((one, index) => write(one, index, false))
    return { turns, now: write(now, earlier.length, true) }
  })

function rowsOf(turn: Turn, isOpen: boolean): Row[] {
  const rows: Row[] = [
    ["message", { text: turn.text, attachments: turn.attachments }],
    ["turn_started", { attempt: 1, keep_seq: 1 }],
  ]
  // A running turn has complete steps, each call with its result.
  for (const part of turn.parts) {
    if (part.kind === "nudge") rows.push(["nudge", { text: part.text }])
    else rows.push(...rowsOfStep(part, isOpen))
  }
  return rows
}

function rowsOfStep(step: Step, isOpen: boolean): Row[] {
  const said = step.texts.join("")
  const isWhole = isOpen || step.isFinished
  return [
    ...step.texts
      .filter((piece) => piece !== "")
      .map((piece): Row => ["text_delta", { text: piece }]),
    ...step.calls.map((call): Row => [
      "tool_call",
      { id: call.id, name: call.name, scope: "read" },
      { args: call.args },
    ]),
    ...(isWhole
      ? [
          [
            "token_usage",
            { model: step.model, input_tokens: 1, output_tokens: 1, cost_usd: null },
            { reason: "end", nudgesReadSeq: 0, providerMetadata: notesOf(step, said) },
          ] satisfies Row,
        ]
      : []),
    ...step.calls.flatMap(({ id: callId, result }): Row[] =>
      result === null && !isOpen
        ? []
        : [["tool_result", { id: callId, is_error: false, summary: "ok" }, { result }]],
    ),
  ]
}

function notesOf(step: Step, said: string): ProviderNotes {
  const metadata = step.isSigned
    ? step.model.startsWith("anthropic")
      ? { anthropic: { signature: "signed" } }
      : { openai: { itemId: "rs_1", reasoningEncryptedContent: "sealed" } }
    : undefined
  return {
    model: step.model,
    parts: [
      ...(step.thought === null
        ? []
        : [{ type: "reasoning" as const, text: step.thought, metadata }]),
      { type: "text", length: said.length },
      ...step.calls.map((call) => ({ type: "tool" as const, id: call.id })),
    ],
  }
}

function toStored([kind, payload, detail]: Row, turnId: string, seq: number): StoredRow {
  return {
    seq,
    firstSeq: seq,
    turnId,
    attempt: 1,
    direction: kind === "message" || kind === "nudge" ? "inbound" : "outbound",
    kind,
    payload: JSON.stringify(payload),
    detail: detail === undefined ? null : JSON.stringify(detail),
    lengths: null,
    createdAt: new Date("2026-01-01T00:00:00.000Z"),
  }
}
