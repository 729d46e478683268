"use client"

import { useStudio } from "#components/studio/studio-context.tsx"

interface SendingNoteProps {
  isAccepted: boolean
  isRetrying: boolean
  onCancel: () => void
}

const look = "touch:min-h-11 underline underline-offset-3"

/** Below a message on its way. */
export function SendingNote({ isAccepted, isRetrying, onCancel }: SendingNoteProps) {
  const { outbox } = useStudio()
  if (isAccepted || !isRetrying) return isAccepted ? "Sent" : "Sending…"
  return (
    <>
      Not sent yet, trying again.{" "}
      <button type="button" className={look} onClick={() => outbox.tryNow()}>
        Try now
      </button>{" "}
      ·{" "}
      <button type="button" className={look} onClick={onCancel}>
        Take it back
      </button>
    </>
  )
}
