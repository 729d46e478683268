import fc from "fast-check"
import { describe, expect, test } from "vitest"

import type { HistoryMessage } from "#lib/models/step.ts"
import { replayTurn, type ReplayedMessage } from "#lib/turns/drive/replay-turn.ts"
import { fitHistory, toHistories } from "#lib/turns/history/fit-history.ts"
import { randomConversation, type RandomConversation } from "#tests/support/random-journal.ts"
import { soakOptions } from "#tests/support/soak.ts"
import { strictFaults, type WireFormat } from "#tests/support/strict-request.ts"
import { writtenBody } from "#tests/support/written-body.ts"

/** `npm run soak -- histories` generates 40,000 journals. */
const soak = soakOptions("histories", {
  short: { rounds: 300, seed: 20_261_201 },
  long: { rounds: 40_000 },
})

const vendors: readonly [WireFormat, string][] = [
  ["chat", "openai-compatible/a"],
  ["responses", "openai/b"],
  ["messages", "anthropic/c"],
]

describe("the history of a conversation with any failures", () => {
  test(
    "satisfies the strictest provider of each wire format",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          randomConversation,
          fc.boolean(),
          fc.integer({ min: 0, max: 4_000 }),
          async (conversation, hasTools, charactersMax) => {
            const history = historyOf(conversation, charactersMax)
            for (const [format, model] of vendors) {
              const body = await writtenBody(model, history, hasTools)
              expect(strictFaults(format, body)).toEqual([])
            }
          },
        ),
        { numRuns: soak.rounds, seed: soak.seed },
      )
    },
    60_000 + soak.rounds * 40,
  )
})

/** Builds the history like a driver, without the database. */
function historyOf({ turns, now }: RandomConversation, charactersMax: number): HistoryMessage[] {
  const histories = toHistories(
    turns,
    turns.flatMap((turn) => turn.rows),
  )
  const own = replayTurn(now.rows, { onlyFinished: false }).messages
  return [...fitHistory(histories, charactersMax).messages, ...own].map(withBytes)
}

function withBytes(message: ReplayedMessage): HistoryMessage {
  if (message.role !== "user") return message
  const attachments = message.attachments.map((file) => ({
    attachmentId: file.attachment_id,
    filename: file.filename,
    contentType: file.content_type,
    sizeBytes: file.size_bytes,
    load: async () => new Uint8Array([137, 80, 78, 71, 0, 1]),
  }))
  return { ...message, attachments }
}
