"use client"

import { useId, useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import { isApiError } from "#lib/client/api/api.ts"
import { revokeToken } from "#lib/client/api/tokens.ts"
import type { TokenItem } from "#lib/protocol/tokens.ts"

import { usedWords } from "./token-times.ts"

interface RevokeDialogProps {
  token: TokenItem
  onRevoked: () => void
  onClose: () => void
}

export function RevokeDialog({ token, onRevoked, onClose }: RevokeDialogProps) {
  const title = useId()
  const note = useId()
  const timeZone = useTimeZone()
  const [openedAt] = useState(() => Date.now())
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const revoke = async () => {
    setBusy(true)
    try {
      await revokeToken(token.id)
      onRevoked()
    } catch (error) {
      if (!isApiError(error)) throw error
      // Already revoked: the desired state.
      if (error.status === 404) return onRevoked()
      setProblem(error.message)
      setBusy(false)
    }
  }
  const used =
    token.last_used_at === null
      ? "It has not been used yet."
      : `It was last used ${usedWords(Date.parse(token.last_used_at), openedAt, timeZone)}.`
  return (
    <Dialog
      isAlert
      labelledBy={title}
      describedBy={note}
      onClose={onClose}
      className="mt-[24vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="p-6 max-sm:p-4">
        <h2 id={title} className="text-read font-semibold [overflow-wrap:anywhere]">
          Revoke “{token.name}”?
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          {used} Whatever uses it stops working within a second, and it cannot be brought back.
        </p>
        {problem !== null && (
          <div className="mt-4">
            <Notice>{problem}</Notice>
          </div>
        )}
        <div className="mt-6 flex justify-end gap-2">
          <Button look="line" data-first-focus onClick={onClose}>
            Keep it
          </Button>
          <Button look="danger" disabled={isBusy} onClick={() => void revoke()}>
            {isBusy ? "Revoking…" : "Revoke token"}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
