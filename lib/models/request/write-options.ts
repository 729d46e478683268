import type { LeftOut } from "#lib/models/answer/refusals.ts"

import type { AttachmentParts } from "./attachment-parts.ts"

/** How a history is written for one request. */
export interface WriteOptions {
  /** `provider/name`: only its own notes are handed back to a provider. */
  model: string
  attachments: AttachmentParts
  /** Without a declared tool vendors refuse calls and results: they are told in words then. */
  hasTools: boolean
  /** Parts of histories that the model's server has refused. @see refusals.ts */
  without?: Pick<LeftOut, "reasoning" | "wordsBesideCalls">
}
