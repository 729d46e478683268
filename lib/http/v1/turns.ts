import { interruptBody, interrupted, nudgeBody, nudged, withdrawn } from "#lib/protocol/messages.ts"
import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"
import { nudgeTurn } from "#lib/turns/control/nudge-turn.ts"
import { withdrawTurn } from "#lib/turns/control/withdraw-turn.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { conversationId, namedId, requireOwn } from "./conversation-access.ts"
import { settleKey } from "./idempotency-key.ts"

const path = "/v1/api/conversations/{id}"

export const interrupt = route({
  method: "POST",
  path: `${path}/interrupt`,
  summary: "Stop a turn; idempotent",
  scope: "conversations:write",
  body: interruptBody,
  isBodyOptional: true,
  guard: requireOwn,
  replies: { 200: { description: "Whether this call stopped one.", shape: interrupted } },
  failures: ["not_found"],
  async run({ runtime, principal, params, body }) {
    const turnId = body.turn_id?.toLowerCase() ?? null
    const input = { conversationId: conversationId(params), turnId }
    return jsonReply(200, await interruptTurn(runtime, principal, input))
  },
})

export const nudge = route({
  method: "POST",
  path: `${path}/nudge`,
  summary: "Add text to the running turn",
  scope: "conversations:write",
  body: nudgeBody,
  guard: requireOwn,
  replies: { 200: { description: "Whether a running turn took it.", shape: nudged } },
  failures: ["not_found", "idempotency_key_reused", "idempotency_key_mismatch", "queue_full"],
  async run({ call, runtime, principal, params, body }) {
    const { buffered, pendingCount } = await nudgeTurn(runtime, principal, {
      conversationId: conversationId(params),
      text: body.text,
      idempotencyKey: settleKey(call, body.idempotency_key),
    })
    return jsonReply(200, { buffered, pending_count: pendingCount })
  },
})

export const withdraw = route({
  method: "DELETE",
  path: `${path}/turns/{turn_id}`,
  summary: "Withdraw a queued message",
  scope: "conversations:write",
  guard: requireOwn,
  replies: { 200: { description: "The withdrawn message.", shape: withdrawn } },
  failures: ["not_found", "turn_started"],
  async run({ runtime, principal, params }) {
    const turn = await withdrawTurn(runtime, principal, {
      conversationId: conversationId(params),
      turnId: namedId(params, "turn_id"),
    })
    return jsonReply(200, { withdrawn: true, text: turn.text, attachments: turn.attachments })
  },
})
