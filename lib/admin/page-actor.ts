import type { AuditActor } from "#db/queries/audit.ts"
import type { Principal } from "#lib/auth/principal.ts"

/** Who reads a page, for its record. A page knows no request id; the session names the visit. */
export function pageActor(principal: Principal): AuditActor {
  return {
    tenantId: principal.tenantId,
    actorId: principal.userId,
    credentialKind: principal.credential.kind,
    credentialId: principal.credential.id,
    requestId: null,
    address: null,
  }
}
