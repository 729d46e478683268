import { insertInvitation } from "#db/queries/invitations.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { MadeInvitation } from "#lib/protocol/people.ts"

import { ownerRequired } from "./change-person.ts"
import { judgeInvitation } from "./judge-invitation.ts"
import { mintLinkSecret } from "./link-secret.ts"

/** Long enough for a holiday week, short enough for a link in an old mail to be worthless. */
export const invitationSeconds = 7 * 24 * 60 * 60

/**
 * Invites a person; only the answer contains the link. Administrators invite members, owners also
 * administrators. An address with an account in another tenant gets the same answer as an unused one.
 * @param input `origin` is the Studio's public origin
 * @returns `role` exceeds the requested one when the invited person already has a higher role
 * @throws AppError owner_required, already_member; unauthorized when the actor has lost the
 * administrator role
 */
export async function invitePerson(
  context: VerbContext,
  principal: Principal,
  { email, role, origin }: { email: string; role: "admin" | "member"; origin: string },
): Promise<MadeInvitation> {
  const id = newId()
  const { secret, hash } = mintLinkSecret()
  const order = { id, email, role, hash, lifeSeconds: invitationSeconds }
  const made = await insertInvitation(
    context.db,
    actorOf(context, principal),
    order,
    judgeInvitation,
  )
  switch (made) {
    case "gone":
      throw unauthorized()
    case "owner_required":
      throw ownerRequired()
    case "already_member":
      throw new AppError("already_member", "A person with this e-mail address is here already.")
  }
  return {
    id,
    email,
    role: made.role,
    invited_by: { id: principal.userId, name: principal.name },
    created_at: made.createdAt.toISOString(),
    expires_at: made.expiresAt.toISOString(),
    url: new URL(`/invite/${secret}`, origin).href,
  }
}
