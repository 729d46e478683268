import type { VerbContext } from "#lib/auth/principal.ts"

import type { Call } from "./call.ts"

/** The least that every verb works with. */
export function contextOf({ runtime, requestId, remoteAddress }: Call): VerbContext {
  return {
    db: runtime.db,
    request: { id: requestId, address: remoteAddress === "" ? null : remoteAddress },
  }
}
