"use client"

import { useStudio } from "#components/studio/studio-context.tsx"

const look = "touch:min-h-11 underline underline-offset-3"

/**
 * What can be done about a message that takes its time.
 * @param share how much of its files has left, 0 to 1; null = nothing did yet
 */
export function SlowSending({ share, onCancel }: { share: number | null; onCancel: () => void }) {
  const { outbox } = useStudio()
  const takeBack = (
    <button type="button" className={look} onClick={onCancel}>
      Take it back
    </button>
  )
  if (share !== null) {
    return (
      <span className="tabular-nums">
        Sending… {Math.floor(share * 100)} % · {takeBack}
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
