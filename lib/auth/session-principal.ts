import { scopes } from "#lib/protocol/scopes.ts"
import type { Runtime } from "#lib/runtime.ts"

import { roles, type Principal, type Role } from "./principal.ts"

/**
 * Who is signed in, as of now: every scope the role allows. Null without a session, after its end,
 * and for a person who has been disabled.
 */
export async function findSessionPrincipal(
  runtime: Runtime,
  headers: Headers,
): Promise<Principal | null> {
  const holder = await runtime.signIn.findSession(headers)
  if (holder === null || holder.isDisabled || !isRole(holder.role)) return null
  const { role } = holder
  return {
    tenantId: holder.tenantId,
    userId: holder.userId,
    name: holder.name,
    email: holder.email,
    role,
    scopes: new Set(scopes.filter((scope) => scope !== "admin" || role !== "member")),
    credential: { kind: "session", id: holder.sessionId },
  }
}

function isRole(text: string): text is Role {
  return roles.some((role) => role === text)
}
