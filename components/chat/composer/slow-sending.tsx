"use client"

import { percent } from "#components/chat/turn/format.ts"
import { useStudio } from "#components/studio/studio-context.tsx"
import type { SentShare } from "#lib/transcript/reduce-events.ts"

const look = "touch:min-h-11 underline underline-offset-3"

/**
 * Actions for a message that takes long to send.
 * @param share null while it waits for a retry
 */
export function SlowSending({ share, onCancel }: { share: SentShare; onCancel: () => void }) {
  const { outbox } = useStudio()
  const takeBack = (
    <button type="button" className={look} onClick={onCancel}>
      Take it back
    </button>
  )
  if (share !== null) {
    return (
      <span className="tabular-nums">
        Sending… {percent(share)} · {takeBack}
      </span>
    )
  }
  return (
    <>
      Not sent yet, trying again.{" "}
      <button type="button" className={look} onClick={() => outbox.tryNow()}>
        Try now
      </button>{" "}
      · {takeBack}
    </>
  )
}
