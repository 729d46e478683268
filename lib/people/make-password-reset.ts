import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { insertPasswordReset } from "#db/queries/password-resets.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { MadePasswordReset } from "#lib/protocol/people.ts"

import { ownerRequired } from "./change-person.ts"
import { judgeReset } from "./judge-reset.ts"
import { mintLinkSecret } from "./link-secret.ts"

/** Long enough to pass it on, short enough for a link in an old mail to be worthless. */
const resetSeconds = 24 * 60 * 60

/**
 * Makes a password reset link and records it; only the answer contains the link.
 * @param input `origin` is the Studio's public origin
 * @throws AppError not_found, own_account, owner_required, person_disabled, no_password; unauthorized
 * when the maker has lost the administrator role
 */
export async function makePasswordReset(
  context: VerbContext,
  principal: Principal,
  { personId, origin }: { personId: string; origin: string },
): Promise<MadePasswordReset> {
  return await makeResetAs(context.db, actorOf(context, principal), personId, origin)
}

/**
 * `makePasswordReset` for any maker.
 * @param maker without `actorId`: the installation itself
 */
export async function makeResetAs(
  db: Database,
  maker: AuditActor,
  personId: string,
  origin: string,
): Promise<MadePasswordReset> {
  const id = newId()
  const { secret, hash } = mintLinkSecret()
  const reset = { id, hash, lifeSeconds: resetSeconds }
  const made = await insertPasswordReset(db, maker, personId, reset, judgeReset)
  switch (made) {
    case "missing":
      throw notFound()
    case "gone":
      throw unauthorized()
    case "own_account":
      throw new AppError("own_account", "Change your own password under Settings → Account.")
    case "owner_required":
      throw ownerRequired()
    case "disabled":
      throw new AppError("person_disabled", "This person is disabled. Enable them first.")
    case "no_password":
      throw new AppError(
        "no_password",
        "This person has no password to reset: they use single sign-on, or have not joined yet.",
      )
  }
  return {
    id,
    expires_at: made.expiresAt.toISOString(),
    url: new URL(`/reset/${secret}`, origin).href,
  }
}
