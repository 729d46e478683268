import { findPasswordHash } from "#db/queries/accounts.ts"
import { isRecentSession } from "#db/queries/sessions.ts"
import { AppError, invalidField } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { Principal } from "./principal.ts"
import { requireSession } from "./require-session.ts"
import { forgetFailures, requireTry } from "./try-limit.ts"

/** How long ago somebody without a password may have signed in. */
const recentSeconds = 15 * 60

/**
 * Has the caller show once more that it is them, before what cannot be undone: by their password, or
 * if they have none by having signed in just now. Tries count with those of signing in.
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
