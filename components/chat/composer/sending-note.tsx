"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import type { Outgoing } from "#lib/transcript/reduce-events.ts"

interface SendingNoteProps {
  sent: Pick<Outgoing, "isAccepted" | "isRetrying" | "sentShare">
  onCancel: () => void
}

const SlowSending = lazyPart(async () => (await import("./slow-sending.tsx")).SlowSending)

/** Status of a message that is being sent. */
export function SendingNote({ sent, onCancel }: SendingNoteProps) {
  const { isAccepted, isRetrying, sentShare } = sent
  if (isAccepted) return "Sent"
  if (!isRetrying && sentShare === null) return "Sending…"
  return (
    <SlowSending
      share={sentShare}
      onCancel={onCancel}
      fallback={isRetrying ? "Not sent yet, trying again." : "Sending…"}
    />
  )
}
