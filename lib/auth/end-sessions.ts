import { deleteSessions } from "#db/queries/sessions.ts"
import { notFound } from "#lib/errors.ts"

import { actorOf, type Principal, type VerbContext } from "./principal.ts"
import { requireSession } from "./require-session.ts"

/**
 * Ends one of the caller's sessions and records it.
 * @throws AppError not_found, session_required
 */
export async function endSession(
  context: VerbContext,
  principal: Principal,
  { sessionId }: { sessionId: string },
): Promise<void> {
  requireSession(principal)
  const actor = actorOf(context, principal)
  if ((await deleteSessions(context.db, actor, { id: sessionId })) === 0) throw notFound()
}

/**
 * Ends all of the caller's sessions except the current one and records each.
 * @throws AppError session_required
 */
export async function endOtherSessions(
  context: VerbContext,
  principal: Principal,
): Promise<{ ended: number }> {
  const allBut = requireSession(principal)
  return { ended: await deleteSessions(context.db, actorOf(context, principal), { allBut }) }
}
