import { z } from "zod"

import { agentSummary } from "./agents.ts"
import { attachmentRef } from "./events.ts"
import { limits } from "./limits.ts"
import { idempotencyKey } from "./messages.ts"
import { choice, lenientText, wholeNumber } from "./query-values.ts"
import { storableText } from "./texts.ts"

const conversationStatuses = ["idle", "running", "queued"] as const
export type ConversationStatus = (typeof conversationStatuses)[number]

const viewers = ["participant", "admin"] as const
export type Viewer = (typeof viewers)[number]

export const conversationSorts = ["recent", "oldest", "title"] as const
export type ConversationSort = (typeof conversationSorts)[number]

const moment = z.iso.datetime()

const conversationItem = z.object({
  id: z.uuid(),
  agent: agentSummary,
  channel_kind: z.string(),
  mode: z.string(),
  last_activity_at: moment,
  artifact_count: z.int(),
  title: z.string().optional(),
  last_text: z.string().optional(),
  status: z.enum(conversationStatuses),
  unread: z.boolean(),
})
export type ConversationItem = z.infer<typeof conversationItem>

/** The payload of a `conversation` event: the current list item. */
export const conversationState = conversationItem.extend({
  title: z.string().nullable(),
  last_text: z.string().nullable(),
})
export type ConversationState = z.infer<typeof conversationState>

export const conversationPage = z.object({
  conversations: z.array(conversationItem),
  page: z.int(),
  page_size: z.int(),
  total: z.int(),
  total_capped: z.boolean().optional().describe("Present when there are more than `total`."),
  next_cursor: z.string().optional(),
  viewing_as: z.enum(viewers),
})
export type ConversationPage = z.infer<typeof conversationPage>

export const createConversationBody = z.object({
  agent_id: z.guid(),
  idempotency_key: idempotencyKey.nullish(),
})

export const createdConversation = z.object({
  id: z.uuid(),
  agent_id: z.uuid(),
  adapter_conv_id: z.string(),
  channel_kind: z.string(),
  channel_thread: z.string(),
})
export type CreatedConversation = z.infer<typeof createdConversation>

/** The running turn of a conversation, as of `last_seq`. */
const activeTurn = z.object({
  turn_id: z.uuid(),
  message_id: z.uuid(),
  message_seq: z.int(),
  status: z.literal("running"),
  attempt: z.int(),
  interrupt_requested: z.boolean(),
  started_at: moment.nullable(),
})
export type ActiveTurn = z.infer<typeof activeTurn>

/** A turn that waits, in the order of the queue. */
const queuedTurn = z.object({
  turn_id: z.uuid(),
  message_id: z.uuid(),
  message_seq: z.int(),
  status: z.literal("queued"),
  text: z.string(),
  attachments: z.array(attachmentRef),
  idempotency_key: z.string().nullable(),
  created_at: moment,
})
export type QueuedTurn = z.infer<typeof queuedTurn>

const participant = z.object({
  user_id: z.uuid(),
  name: z.string(),
  avatar_url: z.string().optional(),
  role: z.enum(["owner", "participant"]),
})

export const conversationDetails = z.object({
  conversation_id: z.uuid(),
  agent: z.object({ ...agentSummary.shape, status: z.enum(["active", "disabled"]) }),
  channel_kind: z.string(),
  mode: z.string(),
  participants: z.array(participant),
  read_only: z.boolean(),
  surface: z.string(),
  viewing_as: z.enum(viewers),
  title: z.string().optional(),
  title_is_custom: z.boolean(),
  last_activity_at: moment,
  read_seq: z
    .int()
    .describe("The caller's read position; the head for viewers who do not participate."),
  last_seq: z.int(),
  active_turn: activeTurn.nullable(),
  queue: z.array(queuedTurn),
})
export type ConversationDetails = z.infer<typeof conversationDetails>

export const renameConversationBody = z.object({
  title: storableText(limits.titleCharactersMax).nullable(),
})

export const renamedConversation = z.object({
  conversation_id: z.uuid(),
  title: z.string().nullable(),
  title_is_custom: z.boolean(),
})
export type RenamedConversation = z.infer<typeof renamedConversation>

export const deletedConversation = z.object({
  conversation_id: z.uuid(),
  apps_destroyed: z.int(),
  artifacts_deleted: z.int(),
  artifacts_kept: z.int(),
})

export const markReadBody = z.object({ seq: z.int().min(0).max(Number.MAX_SAFE_INTEGER) })

export const conversationListQuery = z.object({
  view: lenientText("`admin`: every conversation of the tenant, for administrators."),
  q: lenientText(
    "Part of a title, an agent's name or the latest message, without case, accents and width.",
  ),
  page: wholeNumber("From 1."),
  page_size: wholeNumber("1 to 100, 25 by default."),
  sort: lenientText("`recent` (default), `oldest` or `title`."),
  mode: lenientText("`standard` (default), `fast` or `all`."),
  channel_kind: lenientText("Unset: every kind but `email`."),
  cursor: z.string().max(2_000).optional().meta({ once: true }).describe("From `next_cursor`."),
})

export const deleteConversationQuery = z.object({ delete_artifacts: choice(["true", "false"]) })
