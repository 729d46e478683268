import type { AuditActor } from "#db/queries/audit.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"

/** The audit actor of a page view. Pages have no request id, so the session identifies the visit. */
export function pageActor(principal: Principal): AuditActor {
  return actorOf({ request: { id: null, address: null } }, principal)
}
