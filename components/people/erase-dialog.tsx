"use client"

import { useId, useState, type ReactNode, type SubmitEvent } from "react"

import { Button } from "#components/ui/button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Notice } from "#components/ui/notice.tsx"
import { isApiError, type ApiError } from "#lib/client/api/api.ts"

import { ErasureFacts } from "./erasure-facts.tsx"

interface EraseDialogProps {
  title: string
  keep: string
  isOwn: boolean
  /** Name of the confirmation field; its validation error appears beside it. */
  field: string
  children: (fault: string | null) => ReactNode
  isReady: boolean
  /** The dialog shows an ApiError that this throws. */
  onErase: () => Promise<void>
  onClose: () => void
}

/** Confirms the erasure of a person and lists its consequences. */
export function EraseDialog(props: EraseDialogProps) {
  const title = useId()
  const facts = useId()
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [isBusy, setBusy] = useState(false)
  const erase = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    try {
      await props.onErase()
    } catch (error) {
      if (!isApiError(error)) throw error
      setFailure(error)
      setBusy(false)
    }
  }
  const fault = failure?.field === props.field ? failure.message : null
  return (
    <Dialog
      isAlert
      labelledBy={title}
      describedBy={facts}
      onClose={props.onClose}
      className="mt-[10vh] w-[480px] max-sm:mt-auto max-sm:mb-2"
    >
      <form
        className="max-h-[85dvh] overflow-y-auto p-6 max-sm:p-4"
        onSubmit={(event) => void erase(event)}
      >
        <h2 id={title} className="text-read font-semibold [overflow-wrap:anywhere]">
          {props.title}
        </h2>
        <ErasureFacts id={facts} isOwn={props.isOwn} />
        <div className="mt-4 space-y-4">
          {failure !== null && fault === null && <Notice>{failure.message}</Notice>}
          {props.children(fault)}
        </div>
        <div className="mt-6 flex justify-end gap-2 max-sm:flex-col-reverse">
          <Button look="line" data-first-focus onClick={props.onClose}>
            {props.keep}
          </Button>
          <Button look="danger" type="submit" disabled={isBusy || !props.isReady}>
            {isBusy ? "Erasing…" : "Erase for good"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
