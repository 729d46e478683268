import type { Database } from "#db/client.ts"
import type { PersonActor } from "#db/queries/change-person.ts"
import { insertInvitation, revokeInvitation as revokeRow } from "#db/queries/invitations.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { MadeInvitation } from "#lib/protocol/people.ts"

import { ownerRequired } from "./change-person.ts"
import { judgeInvitation } from "./judge-invitation.ts"
import { mintLinkSecret } from "./link-secret.ts"

/** Long enough for a holiday week, short enough for a link in an old mail to be worthless. */
export const invitationSeconds = 7 * 24 * 60 * 60

/**
 * Invites somebody; the link is in the answer and nowhere else. Administrators invite members, owners
 * also administrators. An address that has an account in another tenant is answered like a free one.
 * @param origin where people reach the Studio
 * @returns `role` is more than was asked for when an owner invites a person who has more already
 * @throws AppError owner_required, already_member; unauthorized when the actor is no administrator
 * any more
 */
export async function invitePerson(
  db: Database,
  invitation: {
    principal: Principal
    actor: PersonActor
    email: string
    role: "admin" | "member"
    origin: string
  },
): Promise<MadeInvitation> {
  const { principal, actor, email, role } = invitation
  const id = newId()
  const { secret, hash } = mintLinkSecret()
  const order = { id, email, role, hash, lifeSeconds: invitationSeconds }
  const made = await insertInvitation(db, actor, order, judgeInvitation)
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
    url: new URL(`/invite/${secret}`, invitation.origin).href,
  }
}

/** @throws AppError not_found, owner_required */
export async function revokeInvitation(
  db: Database,
  principal: Principal,
  actor: PersonActor,
  invitationId: string,
): Promise<void> {
  const outcome = await revokeRow(db, actor, invitationId, {
    onlyMembers: principal.role !== "owner",
  })
  if (outcome === "missing") throw notFound()
  if (outcome === "owner_required") throw ownerRequired()
}
