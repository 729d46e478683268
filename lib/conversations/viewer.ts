import type { ViewerScope } from "#db/queries/conversations.ts"
import { isAdmin, type Principal } from "#lib/auth/principal.ts"
import type { Viewer } from "#lib/protocol/conversations.ts"

/**
 * The view of a principal: administrator if they asked for it and are one, otherwise, silently,
 * participant.
 */
export function viewerOf(principal: Principal, view: string | undefined): ViewerScope {
  return {
    tenantId: principal.tenantId,
    userId: principal.userId,
    isAdmin: view === "admin" && isAdmin(principal),
  }
}

export function viewingAs(viewer: ViewerScope): Viewer {
  return viewer.isAdmin ? "admin" : "participant"
}
