import { headers } from "next/headers"
import { notFound } from "next/navigation"
import { cache } from "react"

import { isAdmin, type Principal } from "#lib/auth/principal.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { getRuntime, type Runtime } from "#lib/runtime.ts"

/**
 * Returns the signed-in administrator; for everyone else the admin area answers 404. Every page
 * calls this, not only the layout, because layouts are not rendered again on navigation.
 */
export const requireAdmin = cache(async (): Promise<{ runtime: Runtime; principal: Principal }> => {
  const runtime = await getRuntime()
  const principal = await findSessionPrincipal(runtime, await headers())
  if (principal === null || !isAdmin(principal)) notFound()
  return { runtime, principal }
})
