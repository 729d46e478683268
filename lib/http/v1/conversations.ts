import { noteConversationRead, noteListingRead } from "#lib/audit/note-admin-read.ts"
import { createConversation } from "#lib/conversations/create-conversation.ts"
import { deleteConversation } from "#lib/conversations/delete-conversation.ts"
import { getConversation } from "#lib/conversations/get-conversation.ts"
import { listConversationPage } from "#lib/conversations/list-page.ts"
import { markRead } from "#lib/conversations/mark-read.ts"
import { renameConversation } from "#lib/conversations/rename-conversation.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import {
  conversationDetails,
  conversationListQuery,
  conversationPage,
  conversationSorts,
  createConversationBody,
  createdConversation,
  deleteConversationQuery,
  deletedConversation,
  markReadBody,
  renameConversationBody,
  renamedConversation,
  type ConversationSort,
  type CreatedConversation,
} from "#lib/protocol/conversations.ts"
import { viewQuery } from "#lib/protocol/messages.ts"

import { auditActor } from "../audit-actor.ts"
import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { conversationId, requireOwn } from "./conversation-access.ts"
import { toFilter } from "./conversation-filter.ts"
import { settleKey } from "./idempotency-key.ts"

const path = "/v1/api/conversations/{id}"

export const list = route({
  method: "GET",
  path: "/v1/api/conversations",
  summary: "List conversations",
  scope: "conversations:read",
  query: conversationListQuery,
  replies: { 200: { description: "One page.", shape: conversationPage } },
  async run({ call, runtime, principal, query }) {
    const viewer = viewerOf(principal, query.view)
    const filter = toFilter(viewer, query)
    if (viewer.isAdmin) {
      const { q, mode, channelKind } = filter
      await noteListingRead(runtime.db, auditActor(call, principal), { q, mode, channelKind })
    }
    const page = await listConversationPage(runtime.db, {
      filter,
      sort: toSort(query.sort),
      page: Math.max(1, query.page ?? 1),
      pageSize: Math.min(100, Math.max(1, query.page_size ?? 25)),
      cursor: query.cursor,
    })
    return jsonReply(200, page)
  },
})

function toSort(name: string | undefined): ConversationSort {
  return conversationSorts.find((sort) => sort === name) ?? "recent"
}

export const create = route({
  method: "POST",
  path: "/v1/api/conversations",
  summary: "Start a conversation with an agent",
  scope: "conversations:write",
  body: createConversationBody,
  replies: { 201: { description: "The new conversation.", shape: createdConversation } },
  failures: [
    "not_found",
    "agent_disabled",
    "idempotency_key_reused",
    "idempotency_key_mismatch",
    "invalid_header",
  ],
  async run({ call, runtime, principal, body }) {
    const agentId = body.agent_id.toLowerCase()
    const context = { ...contextOf(call), changes: runtime.changes }
    const { id } = await createConversation(context, principal, {
      agentId,
      idempotencyKey: settleKey(call, body.idempotency_key),
      nowMs: runtime.clock.now(),
    })
    const created: CreatedConversation = {
      id,
      agent_id: agentId,
      adapter_conv_id: `web:${id}`,
      channel_kind: "web",
      channel_thread: id,
    }
    return jsonReply(201, created)
  },
})

export const get = route({
  method: "GET",
  path,
  summary: "A conversation, its head and its open turns, as of one moment",
  scope: "conversations:read",
  query: viewQuery,
  replies: { 200: { description: "The conversation.", shape: conversationDetails } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, query }) {
    const viewer = viewerOf(principal, query.view)
    const id = conversationId(params)
    const details = await getConversation(contextOf(call), viewer, { conversationId: id })
    if (viewer.isAdmin) {
      await noteConversationRead(runtime.db, auditActor(call, principal), id, "details")
    }
    return jsonReply(200, details)
  },
})

export const rename = route({
  method: "PATCH",
  path,
  summary: "Pin a title; a blank one restores the automatic title",
  scope: "conversations:write",
  body: renameConversationBody,
  guard: requireOwn,
  replies: { 200: { description: "The title now.", shape: renamedConversation } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, body }) {
    const renamed = await renameConversation(
      { ...contextOf(call), publish: (batch) => runtime.publish(batch) },
      principal,
      { conversationId: conversationId(params), title: body.title },
    )
    return jsonReply(200, renamed)
  },
})

export const remove = route({
  method: "DELETE",
  path,
  summary: "Delete a conversation",
  scope: "conversations:write",
  query: deleteConversationQuery,
  guard: requireOwn,
  replies: { 200: { description: "Numbers of deleted items.", shape: deletedConversation } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params }) {
    const id = conversationId(params)
    const { doorbell } = runtime
    await deleteConversation(
      { ...contextOf(call), doorbell, lookAt: (each) => runtime.lookAt(each) },
      principal,
      { conversationId: id },
    )
    // Apps and artifacts do not exist yet, so none was deleted or kept.
    return jsonReply(200, {
      conversation_id: id,
      apps_destroyed: 0,
      artifacts_deleted: 0,
      artifacts_kept: 0,
    })
  },
})

export const read = route({
  method: "PUT",
  path: `${path}/read`,
  summary: "Advance the caller's read position; never backwards",
  scope: "conversations:read",
  body: markReadBody,
  guard: requireOwn,
  replies: { 204: { description: "Noted." } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, body }) {
    const context = { ...contextOf(call), changes: runtime.changes }
    const input = { conversationId: conversationId(params), seq: body.seq }
    await markRead(context, principal, input)
    return emptyReply(204)
  },
})
