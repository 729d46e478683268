import { z } from "zod"

import type { ConversationSnapshot, SnapshotTurn } from "#db/queries/conversation-snapshot.ts"
import type { ViewerScope } from "#db/queries/conversations.ts"
import type { ActiveTurn, ConversationDetails, QueuedTurn } from "#lib/protocol/conversations.ts"
import { attachmentRef } from "#lib/protocol/events.ts"

import { toAgentSummary } from "./conversation-item.ts"
import { viewingAs } from "./viewer.ts"

/** The part of its `message` event that a queued turn shows. */
const queuedMessage = z.object({
  text: z.string(),
  attachments: z.array(attachmentRef),
  idempotency_key: z.string().nullable(),
})

/** A conversation in the form one page load needs. */
export function toConversationDetails(
  snapshot: ConversationSnapshot,
  viewer: ViewerScope,
): ConversationDetails {
  const running = snapshot.turns.find((turn) => turn.status === "running")
  const details: ConversationDetails = {
    conversation_id: snapshot.id,
    agent: { ...toAgentSummary(snapshot), status: snapshot.agentStatus },
    channel_kind: snapshot.channelKind,
    mode: snapshot.mode,
    participants: snapshot.people.map((person) => ({
      user_id: person.userId,
      name: person.name,
      ...(person.image === null ? {} : { avatar_url: person.image }),
      role: person.userId === snapshot.ownerId ? "owner" : "participant",
    })),
    read_only: snapshot.readOnly || snapshot.readSeq === null,
    surface: snapshot.channelKind,
    viewing_as: viewingAs(viewer),
    title_is_custom: snapshot.titleIsCustom,
    last_activity_at: snapshot.lastActivityAt.toISOString(),
    read_seq: snapshot.readSeq ?? snapshot.lastSeq,
    last_seq: snapshot.lastSeq,
    active_turn: running === undefined ? null : toActiveTurn(running),
    queue: snapshot.turns.filter((turn) => turn.status === "queued").map(toQueuedTurn),
  }
  if (snapshot.title !== null) details.title = snapshot.title
  return details
}

function toActiveTurn(turn: SnapshotTurn): ActiveTurn {
  return {
    turn_id: turn.turnId,
    message_id: turn.messageId,
    message_seq: turn.messageSeq,
    status: "running",
    attempt: turn.attempt,
    interrupt_requested: turn.interruptRequested,
    started_at: turn.startedAt,
  }
}

function toQueuedTurn(turn: SnapshotTurn): QueuedTurn {
  const message = queuedMessage.parse(turn.message)
  return {
    turn_id: turn.turnId,
    message_id: turn.messageId,
    message_seq: turn.messageSeq,
    status: "queued",
    text: message.text,
    attachments: message.attachments,
    idempotency_key: message.idempotency_key,
    created_at: turn.createdAt,
  }
}
