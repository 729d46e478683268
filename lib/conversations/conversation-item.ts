import type { ConversationRow } from "#db/queries/conversations.ts"
import type { AgentSummary } from "#lib/protocol/agents.ts"
import type { ConversationItem, ConversationStatus } from "#lib/protocol/conversations.ts"

/** A conversation as lists show it. */
export function toConversationItem(row: ConversationRow): ConversationItem {
  const item: ConversationItem = {
    id: row.id,
    agent: toAgentSummary(row),
    channel_kind: row.channelKind,
    mode: row.mode,
    last_activity_at: row.lastActivityAt.toISOString(),
    artifact_count: 0,
    status: statusOf(row),
    // A viewer who is not a participant has no read position.
    unread: row.readSeq !== null && row.lastSeq > row.readSeq,
  }
  if (row.title !== null) item.title = row.title
  if (row.preview !== null) item.last_text = row.preview
  return item
}

export function toAgentSummary(row: ConversationRow): AgentSummary {
  const agent: AgentSummary = { id: row.agentId, slug: row.agentSlug, display_name: row.agentName }
  if (row.agentAvatarUrl !== null) agent.avatar_url = row.agentAvatarUrl
  return agent
}

function statusOf(row: ConversationRow): ConversationStatus {
  if (row.isRunning) return "running"
  return row.queued > 0 ? "queued" : "idle"
}
