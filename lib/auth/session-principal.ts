import { noteSessionUse } from "#db/queries/sessions.ts"
import { scopes } from "#lib/protocol/scopes.ts"
import type { Runtime } from "#lib/runtime.ts"

import { toRole, type Principal } from "./principal.ts"

/**
 * The signed-in principal, with every scope of the current role. Null without a session, after its
 * expiry, and for a disabled person.
 */
export async function findSessionPrincipal(
  runtime: Runtime,
  headers: Headers,
): Promise<Principal | null> {
  const found = await identifySession(runtime, headers)
  return found === "disabled" ? null : found
}

/** @returns "disabled" for the session of a disabled person: they may be told so */
export async function identifySession(
  runtime: Runtime,
  headers: Headers,
): Promise<Principal | "disabled" | null> {
  const holder = await runtime.signIn.findSession(headers)
  if (holder === null) return null
  if (holder.isDisabled) return "disabled"
  if (holder.isEnded) return null
  const role = toRole(holder.role)
  if (role === null) return null
  if (holder.isUseStale) noteUse(runtime, holder.sessionId)
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

function noteUse(runtime: Runtime, sessionId: string): void {
  noteSessionUse(runtime.db, sessionId).catch((error: unknown) =>
    runtime.log.warn({ err: error }, "could not record the last use of a session"),
  )
}
