import type { Database } from "../client.ts"
import type { Row } from "../row.ts"
import type { agents } from "../schema/agents.ts"
import type { conversations } from "../schema/conversations.ts"
import type { users } from "../schema/people.ts"
import type { turns } from "../schema/turns.ts"

export interface TurnContext
  extends Row<typeof agents, "instructions" | "model" | "tools">, Row<typeof users, "timeZone"> {
  agentName: (typeof agents.$inferSelect)["displayName"]
  conversationTitle: (typeof conversations.$inferSelect)["title"]
  userName: (typeof users.$inferSelect)["name"]
}

/** What a driver needs beside the journal; `tenantId` comes from the claimed turn. */
export async function findTurnContext(
  db: Database,
  turn: { tenantId: string; conversationId: string; agentId: string; userId: string },
): Promise<TurnContext | null> {
  const [row] = await db.$client<TurnContext[]>`
    select agents.display_name as agent_name, agents.instructions, agents.model, agents.tools,
      conversations.title as conversation_title, users.name as user_name,
      users.time_zone
    from conversations, agents, users
    where conversations.id = ${turn.conversationId} and conversations.tenant_id = ${turn.tenantId}
      and agents.id = ${turn.agentId} and agents.tenant_id = ${turn.tenantId}
      and users.id = ${turn.userId} and users.tenant_id = ${turn.tenantId}`
  return row ?? null
}

/** Turns of a conversation before a position, oldest first: the order of history. */
export async function listEarlierTurns(
  db: Database,
  turn: { tenantId: string; conversationId: string; messageSeq: number },
  turnsMax: number,
): Promise<Row<typeof turns, "id" | "messageSeq" | "outcome">[]> {
  const rows = await db.$client<Row<typeof turns, "id" | "messageSeq" | "outcome">[]>`
    select id, message_seq, outcome from turns
    where conversation_id = ${turn.conversationId} and tenant_id = ${turn.tenantId}
      and message_seq < ${turn.messageSeq} and status = 'ended'
    order by message_seq desc limit ${turnsMax}`
  return rows.toReversed()
}

/** The bytes behind a message's attachment. */
export async function findAttachmentBytes(
  db: Database,
  tenantId: string,
  attachmentId: string,
): Promise<Buffer | null> {
  const [row] = await db.$client<{ bytes: Buffer }[]>`
    select attachment_bytes.bytes from attachments
    join attachment_bytes on attachment_bytes.tenant_id = attachments.tenant_id
      and attachment_bytes.sha256 = attachments.sha256
    where attachments.id = ${attachmentId} and attachments.tenant_id = ${tenantId}`
  return row?.bytes ?? null
}
