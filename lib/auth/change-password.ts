import { findPasswordHash, replacePassword } from "#db/queries/accounts.ts"
import { invalidField } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { actorOf, type Principal, type VerbContext } from "./principal.ts"
import { requireSession } from "./require-session.ts"
import { forgetFailures, requireTry } from "./try-limit.ts"

/**
 * Changes the caller's password and ends all their other sessions. Attempts count against the sign-in
 * limit, so an unlocked screen is no way to keep guessing.
 * @throws AppError session_required, invalid_field, rate_limited
 */
export async function changePassword(
  context: VerbContext & { runtime: Runtime },
  principal: Principal,
  passwords: { current: string; next: string },
): Promise<void> {
  const { runtime } = context
  const actor = actorOf(context, principal)
  const sessionId = requireSession(principal)
  await requireTry(runtime, "password", principal.email, actor.address)
  const old = await findPasswordHash(runtime.db, principal)
  if (old === null || !(await runtime.signIn.isPassword(passwords.current, old))) throw wrong()
  const next = await runtime.signIn.hashPassword(passwords.next)
  if (!(await replacePassword(runtime.db, actor, { old, next }, sessionId))) throw wrong()
  await forgetFailures(runtime, "password", principal.email, actor.address)
}

/** Whether the person has a password; people who only use single sign-on have none. */
export async function hasPassword(runtime: Runtime, principal: Principal): Promise<boolean> {
  return (await findPasswordHash(runtime.db, principal)) !== null
}

function wrong() {
  return invalidField("current_password", "That is not your password.")
}
