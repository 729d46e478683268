import type { AdminConversation } from "#lib/protocol/admin.ts"

import type { Segment } from "./trace.ts"

/** A conversation as the administrators' list shows it. */
export interface BrowsedConversation extends AdminConversation {
  /** Of the last turn; empty when none has begun. */
  trace: readonly Segment[]
}
