import type { AuditActor } from "#db/queries/audit.ts"
import type { Principal } from "#lib/auth/principal.ts"

import type { Call } from "./call.ts"

/** The caller of a request, as its audit records name them. */
export function auditActor(
  call: Pick<Call, "requestId" | "remoteAddress">,
  principal: Principal,
): AuditActor & { actorId: string } {
  return {
    tenantId: principal.tenantId,
    actorId: principal.userId,
    credentialKind: principal.credential.kind,
    credentialId: principal.credential.id,
    requestId: call.requestId,
    address: call.remoteAddress === "" ? null : call.remoteAddress,
  }
}
