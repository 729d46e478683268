import { endOtherSessions, endSession } from "#lib/auth/end-sessions.ts"
import { listSessions } from "#lib/auth/list-sessions.ts"
import { endedSessions, sessionList } from "#lib/protocol/sessions.ts"

import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

const path = "/v1/api/me/sessions"

export const list = route({
  method: "GET",
  path,
  summary: "The caller's sessions",
  scope: null,
  caller: "session",
  replies: { 200: { description: "All of their sessions.", shape: sessionList } },
  async run({ runtime, principal }) {
    return jsonReply(200, await listSessions(runtime.db, principal))
  },
})

export const endOthers = route({
  method: "DELETE",
  path,
  summary: "Sign out everywhere but here",
  scope: null,
  caller: "session",
  replies: { 200: { description: "How many sessions have ended.", shape: endedSessions } },
  async run({ call, principal }) {
    return jsonReply(200, await endOtherSessions(contextOf(call), principal))
  },
})

export const end = route({
  method: "DELETE",
  path: `${path}/{id}`,
  summary: "End one of the caller's sessions",
  scope: null,
  caller: "session",
  replies: { 204: { description: "The token is rejected at once, and its streams end." } },
  failures: ["not_found"],
  async run({ call, principal, params }) {
    await endSession(contextOf(call), principal, { sessionId: namedId(params, "id") })
    return emptyReply(204)
  },
})
