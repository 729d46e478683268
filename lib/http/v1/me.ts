import { findProfile } from "#db/queries/people.ts"
import { changePassword } from "#lib/auth/change-password.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { renameSelf } from "#lib/people/rename-self.ts"
import { changeMeBody, me, type Me } from "#lib/protocol/people.ts"
import { changePasswordBody } from "#lib/protocol/sessions.ts"
import type { Runtime } from "#lib/runtime.ts"

import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"

export const get = route({
  method: "GET",
  path: "/v1/api/me",
  summary: "The caller's identity and scopes",
  scope: null,
  replies: { 200: { description: "The caller.", shape: me } },
  async run({ runtime, principal }) {
    return jsonReply(200, await describe(runtime, principal))
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
  async run({ call, runtime, principal, body }) {
    await renameSelf(contextOf(call), principal, body)
    return jsonReply(200, await describe(runtime, principal))
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

async function describe(runtime: Runtime, principal: Principal): Promise<Me> {
  const profile = await findProfile(runtime.db, principal.tenantId, principal.userId)
  if (profile === null) throw unauthorized()
  return {
    user: {
      id: principal.userId,
      name: profile.name,
      email: profile.email,
      role: profile.role,
      ...(profile.image === null ? {} : { avatar_url: profile.image }),
    },
    tenant: { id: principal.tenantId, slug: profile.tenantSlug, name: profile.tenantName },
    credential: principal.credential.kind,
    scopes: [...principal.scopes].toSorted(),
  }
}
