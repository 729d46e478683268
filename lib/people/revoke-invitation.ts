import { revokeInvitation as revokeRow } from "#db/queries/invitations.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"

import { ownerRequired } from "./change-person.ts"

/**
 * Revokes an open invitation and records it; administrators may revoke those of members.
 * @throws AppError not_found, owner_required
 */
export async function revokeInvitation(
  context: VerbContext,
  principal: Principal,
  { invitationId }: { invitationId: string },
): Promise<void> {
  const onlyMembers = principal.role !== "owner"
  const actor = actorOf(context, principal)
  const outcome = await revokeRow(context.db, actor, invitationId, { onlyMembers })
  if (outcome === "missing") throw notFound()
  if (outcome === "owner_required") throw ownerRequired()
}
