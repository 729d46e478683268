import { listInvitations } from "#lib/people/list-invitations.ts"
import { revokeInvitation } from "#lib/people/revoke-invitation.ts"
import { invitationPage, invitationQuery } from "#lib/protocol/people.ts"

import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

const path = "/v1/api/invitations"

export const list = route({
  method: "GET",
  path,
  summary: "The tenant's open invitations, the newest first",
  scope: "admin",
  query: invitationQuery,
  replies: { 200: { description: "A page, without their links.", shape: invitationPage } },
  async run({ runtime, principal, query }) {
    return jsonReply(200, await listInvitations(runtime.db, principal.tenantId, query))
  },
})

export const revoke = route({
  method: "DELETE",
  path: `${path}/{id}`,
  summary: "Revoke an open invitation",
  scope: "admin",
  replies: { 204: { description: "Its link no longer works." } },
  failures: ["not_found", "owner_required"],
  async run({ call, principal, params }) {
    await revokeInvitation(contextOf(call), principal, { invitationId: namedId(params, "id") })
    return emptyReply(204)
  },
})
