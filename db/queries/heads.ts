import type { Database } from "../client.ts"
import type { Row } from "../row.ts"
import type { heads } from "../schema/conversations.ts"
import type { turns } from "../schema/turns.ts"

export interface Head {
  conversationId: string
  lastSeq: number
  isBusy: boolean
  runningTurn: string | null
  /** Where a reader without a cursor starts: before the running turn, or at the end. */
  liveFromSeq: number
}

/** The head of one conversation of a tenant, or null when it is not there. */
export async function findHead(
  db: Database,
  tenantId: string,
  conversationId: string,
): Promise<Head | null> {
  const [row] = await db.$client<(Omit<HeadPosition, "conversationId"> & OpenSeq)[]>`
    select heads.last_seq, heads.run_turn, heads.run_turn is not null or heads.queued > 0 as busy,
      (select min(turns.message_seq) from turns
       where turns.conversation_id = heads.conversation_id
         and turns.status in ('queued', 'running')) as message_seq
    from heads
    join conversations on conversations.id = heads.conversation_id
    where heads.conversation_id = ${conversationId}
      and conversations.tenant_id = ${tenantId}
      and conversations.deleted_at is null`
  if (row === undefined) return null
  return {
    conversationId,
    lastSeq: row.lastSeq,
    isBusy: row.busy,
    runningTurn: row.runTurn,
    liveFromSeq: row.messageSeq === null ? row.lastSeq : row.messageSeq - 1,
  }
}

export interface HeadPosition extends Row<typeof heads, "conversationId" | "lastSeq" | "runTurn"> {
  busy: boolean
}

/** Of the first open turn. */
interface OpenSeq {
  messageSeq: Row<typeof turns, "messageSeq">["messageSeq"] | null
}

/**
 * Compares positions: the heads of all conversations a process has readers of, in one query. It
 * carries no content, so it needs no tenant; a conversation that is missing has been deleted.
 */
export async function listHeadPositions(
  db: Database,
  conversationIds: readonly string[],
): Promise<HeadPosition[]> {
  return await db.$client<HeadPosition[]>`
    select conversation_id, last_seq, run_turn, run_turn is not null or queued > 0 as busy
    from heads where conversation_id = any (${conversationIds.slice()}::uuid[])`
}
