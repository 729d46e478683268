import { findLiveToken } from "#db/queries/tokens.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"

/** @throws AppError not_found unless it is a live token of the caller's person */
export async function requireOwnToken(
  { db }: Pick<VerbContext, "db">,
  principal: Principal,
  { tokenId }: { tokenId: string },
) {
  const token = await findLiveToken(db, principal, tokenId)
  if (token === null) throw notFound()
  return token
}
