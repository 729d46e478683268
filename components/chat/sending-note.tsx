"use client"

interface SendingNoteProps {
  isAccepted: boolean
  isRetrying: boolean
  onCancel: () => void
}

/** Below a message on its way. */
export function SendingNote({ isAccepted, isRetrying, onCancel }: SendingNoteProps) {
  if (isAccepted || !isRetrying) return isAccepted ? "Sent" : "Sending…"
  return (
    <>
      Not sent yet, trying again.{" "}
      <button
        type="button"
        className="touch:min-h-11 underline underline-offset-3"
        onClick={onCancel}
      >
        Take it back
      </button>
    </>
  )
}
