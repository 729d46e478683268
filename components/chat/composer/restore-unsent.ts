import { notify } from "#components/ui/notify.ts"
import type { OutboxEntry } from "#lib/client/outbox/outbox-store.ts"
import type { SubmitOutcome } from "#lib/client/outbox/submit.ts"

import type { ComposerHandle } from "./composed-message.ts"
import { toComposerFiles } from "./composer-files.ts"
import { refusalWords } from "./use-send.ts"

/** Restores messages of an earlier page that were refused or withdrawn into the composer. */
export function restoreUnsent(
  composer: ComposerHandle | null,
  entry: OutboxEntry,
  outcome: SubmitOutcome,
): void {
  composer?.restore(entry.text, toComposerFiles(entry.files))
  if (outcome.outcome === "refused") void notify(refusalWords(outcome))
}
