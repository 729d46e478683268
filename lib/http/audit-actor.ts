import type { AuditActor } from "#db/queries/audit.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"

import type { Call } from "./call.ts"
import { contextOf } from "./verb-context.ts"

/** The caller of a request as the actor of its audit records. */
export function auditActor(call: Call, principal: Principal): AuditActor & { actorId: string } {
  return actorOf(contextOf(call), principal)
}
