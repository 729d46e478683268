import type { ComposerFile } from "./composer-files.ts"

/** What one click of Send takes along. */
export interface ComposedMessage {
  key: string
  text: string
  files: readonly ComposerFile[]
}

export interface ComposerHandle {
  /** Puts text and files back, before what is written there. */
  restore: (text: string, files: readonly ComposerFile[]) => void
  addFiles: (files: readonly File[]) => void
  focus: () => void
}
