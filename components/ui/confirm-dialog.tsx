"use client"

import { useId, useState, type ReactNode } from "react"

import { isApiError } from "#lib/client/api/api.ts"

import { Button } from "./button.tsx"
import { Dialog } from "./dialog.tsx"
import { Notice } from "./notice.tsx"

interface ConfirmDialogProps {
  title: string
  children: ReactNode
  /** Label of the cancel button. */
  keep: string
  act: string
  acting: string
  /** The dialog shows an ApiError that this throws. */
  onAct: () => Promise<void>
  onClose: () => void
}

/** Confirms an action that is hard to undo. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const title = useId()
  const note = useId()
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const act = async () => {
    setBusy(true)
    try {
      await props.onAct()
    } catch (error) {
      if (!isApiError(error)) throw error
      setProblem(error.message)
      setBusy(false)
    }
  }
  return (
    <Dialog
      isAlert
      labelledBy={title}
      describedBy={note}
      onClose={props.onClose}
      className="mt-[24vh] w-[440px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="p-6 max-sm:p-4">
        <h2 id={title} className="text-read font-semibold [overflow-wrap:anywhere]">
          {props.title}
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          {props.children}
        </p>
        {problem !== null && (
          <div className="mt-4">
            <Notice>{problem}</Notice>
          </div>
        )}
        <div className="mt-6 flex justify-end gap-2">
          <Button look="line" data-first-focus onClick={props.onClose}>
            {props.keep}
          </Button>
          <Button look="danger" disabled={isBusy} onClick={() => void act()}>
            {isBusy ? props.acting : props.act}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
