import type { VerbContext } from "#lib/auth/principal.ts"

import type { Call } from "./call.ts"

/** The minimal context of every verb. */
export function contextOf({ runtime, requestId, remoteAddress }: Call): VerbContext {
  return {
    db: runtime.db,
    request: { id: requestId, address: remoteAddress === "" ? null : remoteAddress },
  }
}
