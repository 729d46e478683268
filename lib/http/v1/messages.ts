import { readUploads } from "#lib/attachments/read-uploads.ts"
import { noteConversationRead } from "#lib/audit/note-admin-read.ts"
import { requireAccess } from "#lib/conversations/require-access.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { AppError, draining, invalidField } from "#lib/errors.ts"
import { readRows } from "#lib/journal/read-events.ts"
import { limits } from "#lib/protocol/limits.ts"
import {
  accepted,
  journalEntries,
  journalQuery,
  submitBody,
  type Accepted,
  type SubmitBody,
} from "#lib/protocol/messages.ts"
import { rateHeaders, rateLimited } from "#lib/rates/rate-limited.ts"
import type { Submission, SubmitResult } from "#lib/turns/submit/submission.ts"
import { findReplay, submitTurn } from "#lib/turns/submit/submit-turn.ts"

import { auditActor } from "../audit-actor.ts"
import type { Call } from "../call.ts"
import { jsonReply, jsonTextReply, type Reply } from "../reply.ts"
import { route, type RouteRequest } from "../route.ts"
import { conversationId, requireOwn } from "./conversation-access.ts"
import { settleKey } from "./idempotency-key.ts"
import { encodeEntry } from "./journal-entry.ts"

const path = "/v1/api/conversations/{id}/messages"

export const submit = route({
  method: "POST",
  path,
  summary: "Send a message; the answer comes on the stream",
  scope: "conversations:write",
  body: submitBody,
  // Charged only once the request is known not to be a replay.
  rate: "own",
  guard: requireOwn,
  replies: { 202: { description: "Committed, once per key.", shape: accepted } },
  failures: [
    "not_found",
    "agent_disabled",
    "conversation_read_only",
    "browser_not_connected",
    "idempotency_key_mismatch",
    "idempotency_key_reused",
    "rate_limited",
    "over_budget",
    "queue_full",
    "storage_full",
    "draining",
  ],
  async run(request) {
    const { runtime, principal, params, body, call } = request
    const id = conversationId(params)
    const submission = toSubmission(call, body)
    if (runtime.isDraining()) throw draining()
    // Before the turn, because a driver may claim it at once.
    if (body.time_zone != null) await runtime.timeZones.note(principal, body.time_zone)
    if (submission.browserSession) return await refuseWithoutBrowser(request, submission)
    return toReply(id, await submitTurn(runtime, principal, id, submission))
  },
})

/** Validates everything about a message that does not depend on its conversation. */
function toSubmission(call: Call, body: SubmitBody): Submission {
  return {
    text: body.text,
    attachments: readUploads(body.attachments ?? []),
    browserSession: body.browser_session ?? false,
    turnSource: body.turn_source ?? "web",
    idempotencyKey: settleKey(call, body.idempotency_key),
    identityJson: encodeIdentity(body.identity),
  }
}

function encodeIdentity(identity: unknown): string | null {
  if (identity === undefined || identity === null) return null
  const json = JSON.stringify(identity)
  if (Buffer.byteLength(json) > limits.identityBytesMax) {
    throw invalidField("identity", "`identity` must be at most 16 KiB of JSON.")
  }
  return json
}

/** Browsers cannot be connected yet, but the retry of an accepted message is never refused. */
async function refuseWithoutBrowser(
  { runtime, principal, params }: RouteRequest<unknown, unknown>,
  submission: Submission,
): Promise<Reply> {
  const id = conversationId(params)
  const replay = await findReplay(runtime, principal, id, submission)
  if (replay !== null) return toReply(id, replay)
  const admission = await runtime.limiter.admit("submits", principal)
  if (admission.state === "refused") throw rateLimited(admission.notice)
  await requireOwn({ runtime, principal, params })
  throw new AppError("browser_not_connected", "Your browser is not connected.")
}

function toReply(id: string, result: SubmitResult): Reply {
  if (result.outcome === "conflicting") {
    throw new AppError("idempotency_key_reused", "This key was used with another message.")
  }
  const body: Accepted = {
    accepted: true,
    idempotent: result.outcome === "replayed",
    stream_url: `/v1/api/conversations/${id}/stream`,
    turn_id: result.turnId,
    message_id: result.messageId,
    queued_behind: result.queuedBehind,
  }
  const reply = jsonReply(202, body)
  return result.rate === null
    ? reply
    : { ...reply, headers: { ...reply.headers, ...rateHeaders(result.rate) } }
}

export const journal = route({
  method: "GET",
  path,
  summary: "The journal, in order",
  scope: "conversations:read",
  query: journalQuery,
  guard: ({ runtime, principal, params, call }) =>
    requireAccess(
      runtime.db,
      viewerOf(principal, call.query.get("view") ?? undefined),
      conversationId(params),
    ),
  replies: { 200: { description: "Rows in the order of `seq`.", shape: journalEntries } },
  failures: ["not_found"],
  async run({ call, runtime, principal, params, query }) {
    const id = conversationId(params)
    const access = await requireAccess(runtime.db, viewerOf(principal, query.view), id)
    if (!access.isParticipant) {
      await noteConversationRead(runtime.db, auditActor(call, principal), id, "messages")
    }
    const { since_seq: sinceSeq, before_seq: beforeSeq, direction } = query
    const rows = await readRows(runtime.db, {
      tenantId: principal.tenantId,
      conversationId: id,
      rowsMax: Math.min(limits.journalPageMax, Math.max(1, query.limit ?? limits.journalPageMax)),
      // Newest first from a position, unless a start position is given.
      descending: beforeSeq !== undefined && sinceSeq === undefined,
      ...(sinceSeq === undefined ? {} : { sinceSeq }),
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
      ...(query.turn_id === undefined ? {} : { turnId: query.turn_id.toLowerCase() }),
      ...(direction === undefined ? {} : { direction }),
    })
    return jsonTextReply(200, `[${rows.map((row) => encodeEntry(id, row)).join(",")}]`)
  },
})
