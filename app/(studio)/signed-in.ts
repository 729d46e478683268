import { cookies, headers } from "next/headers"
import { redirect } from "next/navigation"
import { cache } from "react"

import { isSetupOpen } from "#lib/auth/owner-setup.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { getRuntime, type Runtime } from "#lib/runtime.ts"

/**
 * Returns the signed-in principal; redirects everyone else to sign-in, or to setup on an empty
 * installation.
 */
export const requireSignedIn = cache(
  async (path: string): Promise<{ runtime: Runtime; principal: Principal }> => {
    const runtime = await getRuntime()
    const principal = await findSessionPrincipal(runtime, await headers())
    if (principal !== null) return { runtime, principal }
    if (await isSetupOpen(runtime)) redirect("/setup")
    redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`)
  },
)

export async function isSidebarHidden(): Promise<boolean> {
  return (await cookies()).get("sidebar")?.value === "hidden"
}
