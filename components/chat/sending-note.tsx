"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"

interface SendingNoteProps {
  isAccepted: boolean
  isRetrying: boolean
  /** 0 to 1; null = not known. */
  sentShare: number | null
  onCancel: () => void
}

const SlowSending = lazyPart(async () => (await import("./slow-sending.tsx")).SlowSending)

/** Below a message on its way. */
export function SendingNote({ isAccepted, isRetrying, sentShare, onCancel }: SendingNoteProps) {
  if (isAccepted) return "Sent"
  const share = isRetrying || sentShare === 1 ? null : sentShare
  if (!isRetrying && share === null) return "Sending…"
  return (
    <SlowSending
      share={share}
      onCancel={onCancel}
      fallback={isRetrying ? "Not sent yet, trying again." : "Sending…"}
    />
  )
}
