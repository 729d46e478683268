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

export function isAdmin(principal: Principal): boolean {
  return principal.role !== "member" && principal.scopes.has("admin")
}

/** The role a row holds, or null when it is one that nobody knows any more. */
export function toRole(text: string): Role | null {
  return roles.find((role) => role === text) ?? null
}
