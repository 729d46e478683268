import type { SubmitOutcome } from "#lib/client/submit.ts"

import type { ComposerFile } from "./composer-files.ts"

/** What one click of Send takes along. */
export interface ComposedMessage {
  key: string
  text: string
  files: readonly ComposerFile[]
}

/** @param onStored it is kept on this machine now, and needs no draft any more */
export type Send = (message: ComposedMessage, onStored: () => void) => Promise<SubmitOutcome>

export interface ComposerHandle {
  /** Puts text and files back, before what is written there. */
  restore: (text: string, files: readonly ComposerFile[]) => void
  addFiles: (files: readonly File[]) => void
}
