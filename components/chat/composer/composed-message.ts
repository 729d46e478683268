import type { SubmitOutcome } from "#lib/client/outbox/submit.ts"

import type { ComposerFile } from "./composer-files.ts"

/** The content of one click on Send. */
export interface ComposedMessage {
  key: string
  text: string
  files: readonly ComposerFile[]
}

/** @param onStored called once the message is stored on this machine and its draft can go */
export type Send = (message: ComposedMessage, onStored: () => void) => Promise<SubmitOutcome>

export interface ComposerHandle {
  /** Puts text and files back, ahead of the current draft. */
  restore: (text: string, files: readonly ComposerFile[]) => void
  addFiles: (files: readonly File[]) => void
}
