import { findPerson } from "#db/queries/people.ts"
import { notFound } from "#lib/errors.ts"
import { changePerson } from "#lib/people/change-person.ts"
import { invitePerson } from "#lib/people/invite-person.ts"
import { listPeople, toPersonItem } from "#lib/people/list-people.ts"
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

import { auditActor } from "../audit-actor.ts"
import { header, type Call } from "../call.ts"
import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
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
  summary: "Invite somebody by a link",
  scope: "admin",
  body: inviteBody,
  replies: { 201: { description: "The invitation and its link.", shape: madeInvitation } },
  failures: ["owner_required", "already_member"],
  async run({ call, runtime, principal, body }) {
    const made = await invitePerson(runtime.db, {
      principal,
      actor: auditActor(call, principal),
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
  async run({ call, runtime, principal, params, body }) {
    const id = namedId(params, "id")
    await changePerson(runtime.db, auditActor(call, principal), id, {
      role: body.role ?? undefined,
      isDisabled: body.disabled ?? undefined,
    })
    const person = await findPerson(runtime.db, principal.tenantId, id)
    if (person === null) throw notFound()
    return jsonReply(200, toPersonItem(person))
  },
})

export const resetPassword = route({
  method: "POST",
  path: `${path}/{id}/password-reset`,
  summary: "Make a link by which a person sets a new password",
  scope: "admin",
  caller: "session",
  replies: {
    201: { description: "The link, for 24 hours and one use.", shape: madePasswordReset },
  },
  failures: ["not_found", "owner_required", "own_account", "person_disabled", "no_password"],
  async run({ call, runtime, principal, params }) {
    const actor = auditActor(call, principal)
    const id = namedId(params, "id")
    return jsonReply(201, await makePasswordReset(runtime.db, actor, id, originOf(call)))
  },
})

/** Where the caller reaches the Studio, for links they pass on. */
function originOf(call: Call): string {
  const { STUDIO_PUBLIC_URL, HOST, PORT } = call.runtime.env
  return STUDIO_PUBLIC_URL ?? `http://${header(call, "host") ?? `${HOST}:${PORT}`}`
}
