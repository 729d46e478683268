import { headers } from "next/headers"
import { notFound } from "next/navigation"
import { cache } from "react"

import { isAdmin, type Principal } from "#lib/auth/principal.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { getRuntime, type Runtime } from "#lib/runtime.ts"

/**
 * The administrator who is signed in. To everybody else the admin area is a path that does not
 * exist. Every page asks, not only the layout: layouts are not rendered again on navigation.
 */
export const requireAdmin = cache(async (): Promise<{ runtime: Runtime; principal: Principal }> => {
  const runtime = await getRuntime()
  const principal = await findSessionPrincipal(runtime, await headers())
  if (principal === null || !isAdmin(principal)) notFound()
  return { runtime, principal }
})
