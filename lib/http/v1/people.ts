import { changePerson } from "#lib/people/change-person.ts"
import { invitePerson } from "#lib/people/invite-person.ts"
import { listPeople } from "#lib/people/list-people.ts"
import { makePasswordReset } from "#lib/people/make-password-reset.ts"
import {
  changePersonBody,
  inviteBody,
  madeInvitation,
  madePasswordReset,
  peoplePage,
  peopleQuery,
  personItem,
} from "#lib/protocol/people.ts"

import { header, type Call } from "../call.ts"
import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

const path = "/v1/api/users"

export const list = route({
  method: "GET",
  path,
  summary: "The tenant's people, the newest first",
  scope: "admin",
  query: peopleQuery,
  replies: { 200: { description: "A page of them.", shape: peoplePage } },
  async run({ runtime, principal, query }) {
    return jsonReply(200, await listPeople(runtime.db, principal.tenantId, query))
  },
})

export const invite = route({
  method: "POST",
  path,
  summary: "Invite a person by a link",
  scope: "admin",
  body: inviteBody,
  replies: { 201: { description: "The invitation and its link.", shape: madeInvitation } },
  failures: ["owner_required", "already_member"],
  async run({ call, principal, body }) {
    const made = await invitePerson(contextOf(call), principal, {
      email: body.email,
      role: body.role ?? "member",
      origin: originOf(call),
    })
    return jsonReply(201, made)
  },
})

export const change = route({
  method: "PATCH",
  path: `${path}/{id}`,
  summary: "Change a person's role, or whether they may sign in",
  scope: "admin",
  body: changePersonBody,
  replies: { 200: { description: "The person, as they are now.", shape: personItem } },
  failures: ["not_found", "owner_required", "own_account", "last_owner"],
  async run({ call, principal, params, body }) {
    const person = await changePerson(contextOf(call), principal, {
      personId: namedId(params, "id"),
      role: body.role ?? undefined,
      isDisabled: body.disabled ?? undefined,
    })
    return jsonReply(200, person)
  },
})

export const resetPassword = route({
  method: "POST",
  path: `${path}/{id}/password-reset`,
  summary: "Create a password reset link for a person",
  scope: "admin",
  caller: "session",
  replies: {
    201: { description: "The link, for 24 hours and one use.", shape: madePasswordReset },
  },
  failures: ["not_found", "owner_required", "own_account", "person_disabled", "no_password"],
  async run({ call, principal, params }) {
    const input = { personId: namedId(params, "id"), origin: originOf(call) }
    return jsonReply(201, await makePasswordReset(contextOf(call), principal, input))
  },
})

/** The origin the caller uses, for links they pass on. */
function originOf(call: Call): string {
  const { STUDIO_PUBLIC_URL, HOST, PORT } = call.runtime.env
  return STUDIO_PUBLIC_URL ?? `http://${header(call, "host") ?? `${HOST}:${PORT}`}`
}
