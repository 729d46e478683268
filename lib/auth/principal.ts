import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { roles, type Role } from "#lib/protocol/people.ts"
import type { Scope } from "#lib/protocol/scopes.ts"

/**
 * Who a credential stands for, as of this request. Every query on a tenant's rows takes its tenant
 * from here, never from the request.
 */
export interface Principal {
  tenantId: string
  userId: string
  name: string
  email: string
  role: Role
  /** Role now ∩ what the credential grants. */
  scopes: ReadonlySet<Scope>
  credential: { kind: "token"; id: string } | { kind: "session"; id: string }
}

/**
 * What each verb (`mintOwnToken`, `changePerson` …) works with, beside a principal and its input; a
 * verb adds the parts of the process that it needs.
 */
export interface VerbContext {
  db: Database
  /** The request that asks, as audit records name it; null = a page, or not known. */
  request: { id: string | null; address: string | null }
}

/** The principal of a request, as its audit records name it. */
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

/** The role a row holds, or null when it is one that nobody knows any more. */
export function toRole(text: string): Role | null {
  return roles.find((role) => role === text) ?? null
}
