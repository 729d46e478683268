"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import type { SentShare } from "#lib/client/upload.ts"

interface SendingNoteProps {
  isAccepted: boolean
  isRetrying: boolean
  sentShare: SentShare
  onCancel: () => void
}

const SlowSending = lazyPart(async () => (await import("./slow-sending.tsx")).SlowSending)

/** Below a message on its way. */
export function SendingNote({ isAccepted, isRetrying, sentShare, onCancel }: SendingNoteProps) {
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
