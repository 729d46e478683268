import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { roles, type Role } from "#lib/protocol/people.ts"
import type { Scope } from "#lib/protocol/scopes.ts"

/**
 * The authenticated caller of this request. Every query on a tenant's rows takes the tenant from here,
 * never from the request.
 */
export interface Principal {
  tenantId: string
  userId: string
  name: string
  email: string
  role: Role
  /** Scopes of the current role ∩ scopes of the credential. */
  scopes: ReadonlySet<Scope>
  credential: { kind: "token"; id: string } | { kind: "session"; id: string }
}

/**
 * The context of each verb (`mintOwnToken`, `changePerson` …), besides a principal and its input; a
 * verb adds the parts of the process it needs.
 */
export interface VerbContext {
  db: Database
  /** The request in its audit records; null = a page, or unknown. */
  request: { id: string | null; address: string | null }
}

/** The principal as the actor of an audit record. */
export function actorOf(
  { request }: Pick<VerbContext, "request">,
  { tenantId, userId, credential }: Principal,
): AuditActor & { actorId: string } {
  return {
    tenantId,
    actorId: userId,
    credentialKind: credential.kind,
    credentialId: credential.id,
    requestId: request.id,
    address: request.address,
  }
}

export function isAdmin(principal: Principal): boolean {
  return principal.role !== "member" && principal.scopes.has("admin")
}

/** The role of a row, or null for an unknown role. */
export function toRole(text: string): Role | null {
  return roles.find((role) => role === text) ?? null
}
