import type { Database } from "#db/client.ts"
import { listRows, type StoredRow } from "#db/queries/journal.ts"
import { findAttachmentBytes, listEarlierTurns } from "#db/queries/turn-context.ts"
import type { HistoryAttachment, HistoryMessage } from "#lib/models/step.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import type { ReplayedMessage } from "#lib/turns/drive/replay-turn.ts"

import { toHistories, type TurnHistories } from "./fit-history.ts"

const earlierTurnsMax = 200
const rowsPerRead = 1_000
/** Rows read at most: a guard against a history of tiny unfolded rows. */
const rowsMax = 20_000

interface Position {
  tenantId: string
  conversationId: string
  messageSeq: number
}

/**
 * The conversation before a turn, turn by turn in order, at least as far back as a request of so
 * many characters could show. Messages queued later are not in it.
 */
export async function loadHistory(
  db: Database,
  turn: Position,
  charactersMax: number,
): Promise<TurnHistories> {
  const earlier = await listEarlierTurns(db, turn, earlierTurnsMax)
  const first = earlier.find((entry) => entry.outcome !== "withdrawn")
  if (first === undefined) return []
  return toHistories(earlier, await readBack(db, turn, first.messageSeq, charactersMax))
}

/** Gives the attachments of replayed messages a way to their bytes. */
export function withLoader(
  db: Database,
  tenantId: string,
  message: ReplayedMessage,
): HistoryMessage {
  if (message.role !== "user") return message
  return {
    ...message,
    attachments: message.attachments.map((ref) => toHistoryAttachment(db, tenantId, ref)),
  }
}

function toHistoryAttachment(
  db: Database,
  tenantId: string,
  ref: AttachmentRef,
): HistoryAttachment {
  return {
    attachmentId: ref.attachment_id,
    filename: ref.filename,
    contentType: ref.content_type,
    sizeBytes: ref.size_bytes,
    load: async () => {
      const bytes = await findAttachmentBytes(db, tenantId, ref.attachment_id)
      if (bytes === null) throw new Error(`The file ${ref.filename} is gone.`)
      return bytes
    },
  }
}

/** Reads rows newest first until the budget is surely used up; they come back oldest first. */
async function readBack(
  db: Database,
  turn: Position,
  oldestSeq: number,
  charactersMax: number,
): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  let characters = 0
  let beforeSeq: number | undefined
  while (rows.length < rowsMax && characters < charactersMax * 2) {
    const page = await listRows(db, {
      tenantId: turn.tenantId,
      conversationId: turn.conversationId,
      sinceSeq: oldestSeq - 1,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
      descending: true,
      withDetail: true,
      rowsMax: rowsPerRead,
    })
    for (const row of page) characters += row.payload.length + (row.detail?.length ?? 0)
    rows.push(...page)
    beforeSeq = page.at(-1)?.firstSeq
    if (page.length === 0) break
  }
  return rows.toReversed()
}
