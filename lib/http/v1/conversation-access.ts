import type { Principal } from "#lib/auth/principal.ts"
import { requireAccess } from "#lib/conversations/require-access.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { notFound } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { Params } from "../route.ts"

/** The path's conversation id. */
export function conversationId(params: Params): string {
  return namedId(params, "id")
}

export function namedId(params: Params, name: string): string {
  const id = params[name]
  if (id === undefined) throw notFound()
  return id
}

/** The guard of participant-only routes. */
export async function requireOwn(request: {
  runtime: Runtime
  principal: Principal
  params: Params
}): Promise<void> {
  const viewer = viewerOf(request.principal, undefined)
  await requireAccess(request.runtime.db, viewer, conversationId(request.params))
}
