"use client"

import { useId, useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { Segments } from "#components/ui/segments.tsx"
import { isApiError } from "#lib/client/api/api.ts"
import { rotateToken } from "#lib/client/api/tokens.ts"
import type { MintedToken, TokenItem } from "#lib/protocol/tokens.ts"

interface RotateDialogProps {
  token: TokenItem
  /** Receives the new secret, and the time at which the old one expires. */
  onRotated: (minted: MintedToken, oldEndsAt: string) => void
  onClose: () => void
}

const overlaps = [
  { value: "0", name: "Not at all" },
  { value: "1", name: "1 hour" },
  { value: "24", name: "1 day" },
  { value: "168", name: "7 days" },
] as const

/** Asks for the old secret's grace period, then rotates the token. */
export function RotateDialog({ token, onRotated, onClose }: RotateDialogProps) {
  const title = useId()
  const note = useId()
  const [hours, setHours] = useState<(typeof overlaps)[number]["value"]>("24")
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const rotate = async () => {
    setBusy(true)
    try {
      const minted = await rotateToken(token.id, Number(hours))
      onRotated(minted, endOfOld(token, Number(hours)))
    } catch (error) {
      if (!isApiError(error)) throw error
      setProblem(error.message)
      setBusy(false)
    }
  }
  return (
    <Dialog
      labelledBy={title}
      describedBy={note}
      onClose={onClose}
      className="mt-[24vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="p-6 max-sm:p-4">
        <h2 id={title} className="text-read font-semibold [overflow-wrap:anywhere]">
          Rotate “{token.name}”
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          You get a new secret with the same access and the same end date. Until the old one ends,
          both work.
        </p>
        <div className="mt-5">
          <p className="text-ui mb-1.5 font-medium" aria-hidden="true">
            Keep the old secret valid for
          </p>
          <Segments
            label="Keep the old secret valid for"
            options={overlaps}
            value={hours}
            onChange={setHours}
          />
        </div>
        {problem !== null && (
          <div className="mt-4">
            <Notice>{problem}</Notice>
          </div>
        )}
        <div className="mt-6 flex justify-end gap-2">
          <Button look="line" onClick={onClose}>
            Cancel
          </Button>
          <Button look="ink" data-first-focus disabled={isBusy} onClick={() => void rotate()}>
            {isBusy ? "Rotating…" : "New secret"}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

/** Never later than its own expiry. */
function endOfOld(token: TokenItem, overlapHours: number): string {
  const overlapEnd = Date.now() + overlapHours * 3_600_000
  const ownEnd = token.expires_at === null ? Infinity : Date.parse(token.expires_at)
  return new Date(Math.min(overlapEnd, ownEnd)).toISOString()
}
