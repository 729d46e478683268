import type { AuditActor } from "#db/queries/audit.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"

/** Who reads a page, for its record. A page knows no request id; the session names the visit. */
export function pageActor(principal: Principal): AuditActor {
  return actorOf({ request: { id: null, address: null } }, principal)
}
