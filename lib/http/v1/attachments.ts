import { contentDisposition } from "#lib/attachments/content-disposition.ts"
import { getFile } from "#lib/attachments/get-file.ts"
import { noteConversationRead } from "#lib/audit/note-admin-read.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { viewQuery } from "#lib/protocol/messages.ts"

import { auditActor } from "../audit-actor.ts"
import { plainHeaders } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { conversationId, namedId } from "./conversation-access.ts"

export const download = route({
  method: "GET",
  path: "/v1/api/conversations/{id}/attachments/{attachment_id}",
  summary: "Download a file of a conversation",
  scope: "conversations:read",
  query: viewQuery,
  replies: { 200: { description: "The bytes.", contentTypes: ["*/*"] } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, query }) {
    const viewer = viewerOf(principal, query.view)
    const id = conversationId(params)
    const file = await getFile(contextOf(call), viewer, {
      conversationId: id,
      attachmentId: namedId(params, "attachment_id"),
    })
    if (viewer.isAdmin) {
      await noteConversationRead(runtime.db, auditActor(call, principal), id, "attachment")
    }
    return {
      status: 200,
      headers: {
        ...plainHeaders,
        "Content-Type": file.contentType,
        "Content-Disposition": contentDisposition(file.filename),
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
      },
      body: file.bytes,
    }
  },
})
