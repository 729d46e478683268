import { changePassword } from "#lib/auth/change-password.ts"
import { describeSelf } from "#lib/people/describe-self.ts"
import { renameSelf } from "#lib/people/rename-self.ts"
import { changeMeBody, me } from "#lib/protocol/people.ts"
import { changePasswordBody } from "#lib/protocol/sessions.ts"

import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"

export const get = route({
  method: "GET",
  path: "/v1/api/me",
  summary: "The caller's identity and scopes",
  scope: null,
  replies: { 200: { description: "The caller.", shape: me } },
  async run({ call, principal }) {
    return jsonReply(200, await describeSelf(contextOf(call), principal))
  },
})

export const rename = route({
  method: "PATCH",
  path: "/v1/api/me",
  summary: "Change the caller's display name",
  scope: null,
  caller: "session",
  body: changeMeBody,
  replies: { 200: { description: "The caller, as they are now.", shape: me } },
  async run({ call, principal, body }) {
    return jsonReply(200, await renameSelf(contextOf(call), principal, body))
  },
})

export const setPassword = route({
  method: "PUT",
  path: "/v1/api/me/password",
  summary: "Change the caller's password and end their other sessions",
  scope: null,
  caller: "session",
  body: changePasswordBody,
  replies: { 204: { description: "Changed." } },
  failures: ["rate_limited"],
  async run({ call, runtime, principal, body }) {
    await changePassword({ ...contextOf(call), runtime }, principal, {
      current: body.current_password,
      next: body.new_password,
    })
    return emptyReply(204)
  },
})
