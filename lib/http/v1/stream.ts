import { noteConversationRead } from "#lib/audit/note-admin-read.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { requireAccess } from "#lib/conversations/require-access.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { attachStream } from "#lib/live/attach-stream.ts"
import type { StreamStart } from "#lib/live/reader.ts"
import { parseCursor } from "#lib/protocol/cursor.ts"
import { streamScopes, type StreamScope } from "#lib/protocol/events.ts"
import { streamQuery } from "#lib/protocol/messages.ts"

import { auditActor } from "../audit-actor.ts"
import { header, type Call } from "../call.ts"
import { plainHeaders } from "../reply.ts"
import { route } from "../route.ts"
import { conversationId } from "./conversation-access.ts"

export const streamHeaders = {
  ...plainHeaders,
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
}

export const stream = route({
  method: "GET",
  path: "/v1/api/conversations/{id}/stream",
  summary: "The conversation's events, as they are journaled",
  scope: "conversations:read",
  query: streamQuery,
  replies: { 200: { description: "Server-sent events.", contentTypes: ["text/event-stream"] } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, query }) {
    const id = conversationId(params)
    const viewer = viewerOf(principal, query.view)
    const access = await requireAccess(runtime.db, viewer, id)
    if (!access.isParticipant) {
      await noteConversationRead(runtime.db, auditActor(call, principal), id, "stream")
    }
    const open = attachStream(runtime, {
      tenantId: principal.tenantId,
      conversationId: id,
      start: toStart(call),
      scope: toScope(principal, query.scope),
    })
    const grant = {
      tenantId: principal.tenantId,
      userId: principal.userId,
      conversationId: id,
      credentialKind: principal.credential.kind,
      credentialId: principal.credential.id,
      isAdminView: !access.isParticipant,
    }
    return { status: 200, headers: streamHeaders, body: { open, grant } }
  },
})

/**
 * `Last-Event-ID` of a reconnect takes precedence over the original query. Invalid cursors yield
 * `unknown`, never an error.
 */
export function toStart(call: Pick<Call, "headers" | "query">): StreamStart {
  const values = [header(call, "last-event-id")].filter((value) => value !== undefined)
  const cursors = values.length > 0 ? values : call.query.getAll("since_seq")
  const [cursor] = cursors
  if (cursor === undefined) return { kind: "live" }
  const seq = cursors.length === 1 ? parseCursor(cursor) : null
  return seq === null ? { kind: "unknown" } : { kind: "after", seq }
}

/** Read-only credentials see no tool arguments or results, which may contain sensitive data. */
export function toScope(principal: Principal, asked: string | undefined): StreamScope {
  const scope = streamScopes.find((name) => name === asked) ?? "tools"
  return scope === "full" && !principal.scopes.has("conversations:write") ? "tools" : scope
}
