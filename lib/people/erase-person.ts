import type { PeopleState } from "#db/queries/change-person.ts"
import { beginErasure, type ErasureRefusal } from "#db/queries/erasures.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError, invalidField, notFound } from "#lib/errors.ts"
import type { ErasureSummary } from "#lib/protocol/people.ts"

import { judgeErasure, judgeOwnErasure } from "./judge-erasure.ts"

/**
 * Starts to erase another person; only owners may.
 * @param order `email` must be that person's
 * @throws AppError not_found, owner_required, own_account, invalid_field; unauthorized when the actor
 * has lost the administrator role
 */
export async function erasePerson(
  context: VerbContext,
  principal: Principal,
  order: { personId: string; email: string; reason: string | null },
): Promise<ErasureSummary> {
  return await begin(context, principal, order, judgeErasure)
}

/**
 * Starts to erase the actor's own account.
 * @throws AppError last_owner, unauthorized
 */
export async function eraseSelf(
  context: VerbContext,
  principal: Principal,
  { reason }: { reason: string | null },
): Promise<ErasureSummary> {
  const order = { personId: principal.userId, email: null, reason }
  return await begin(context, principal, order, judgeOwnErasure)
}

async function begin(
  context: VerbContext,
  principal: Principal,
  { personId, ...order }: { personId: string; email: string | null; reason: string | null },
  judge: (state: PeopleState) => ErasureRefusal | null,
): Promise<ErasureSummary> {
  const begun = await beginErasure(context.db, actorOf(context, principal), personId, order, judge)
  switch (begun) {
    case "missing":
      throw notFound()
    case "gone":
      throw unauthorized()
    case "own_account":
      throw new AppError("own_account", "Erase your own account under Settings → Account.")
    case "owner_required":
      throw new AppError("owner_required", "Only an owner may erase people.")
    case "last_owner":
      throw new AppError("last_owner", "The last owner stays: make somebody else an owner first.")
    case "other_email":
      throw invalidField("email", "That is not the e-mail address of this person.")
  }
  const { erasedAt, conversations, tokens, sessions, invitations } = begun
  return {
    id: personId,
    erased_at: erasedAt.toISOString(),
    conversations,
    tokens,
    sessions,
    invitations,
  }
}
