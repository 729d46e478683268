import type { AuditActor } from "#db/queries/audit.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"

import type { Call } from "./call.ts"
import { contextOf } from "./verb-context.ts"

/** The caller of a request, as its audit records name them. */
export function auditActor(call: Call, principal: Principal): AuditActor & { actorId: string } {
  return actorOf(contextOf(call), principal)
}
