import { findPasswordHash } from "#db/queries/accounts.ts"
import { isRecentSession } from "#db/queries/sessions.ts"
import { AppError, invalidField } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { Principal } from "./principal.ts"
import { requireSession } from "./require-session.ts"
import { forgetFailures, requireTry } from "./try-limit.ts"

/** Maximum age of the session of a person without a password. */
const recentSeconds = 15 * 60

/**
 * Re-authenticates the caller before an irreversible action: by password, or, without one, by a recent
 * sign-in. Attempts count against the sign-in limit.
 * @throws AppError session_required, invalid_field, session_too_old, rate_limited
 */
export async function confirmSelf(
  runtime: Runtime,
  principal: Principal,
  password: string | null,
  address: string | null,
): Promise<void> {
  const sessionId = requireSession(principal)
  const hash = await findPasswordHash(runtime.db, principal)
  if (hash === null) {
    if (await isRecentSession(runtime.db, principal, sessionId, recentSeconds)) return
    throw new AppError("session_too_old", "Sign out and in again, and do this within 15 minutes.")
  }
  await requireTry(runtime, "password", principal.email, address)
  if (password === null || !(await runtime.signIn.isPassword(password, hash))) {
    throw invalidField("current_password", "That is not your password.")
  }
  await forgetFailures(runtime, "password", principal.email, address)
}
