"use client"

import { Check, Copy } from "lucide-react"
import { useId, useState, type ReactNode } from "react"

import { Button } from "#components/ui/button.tsx"
import { copyText } from "#components/ui/copy-button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"

interface LinkDialogProps {
  /** Recipient's address. */
  email: string
  url: string
  /** What the link permits, and how to replace it. */
  children: ReactNode
  /** Validity period. */
  life: string
  onClose: () => void
}

/** Shows a link once. Esc does not close the dialog, since it could not be opened again. */
export function LinkDialog({ email, url, children, life, onClose }: LinkDialogProps) {
  const title = useId()
  const note = useId()
  const [isCopied, setCopied] = useState(false)
  return (
    <Dialog
      labelledBy={title}
      describedBy={note}
      onClose={() => {}}
      className="mt-[16vh] w-[600px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="p-6 max-sm:p-4">
        <h2 id={title} className="text-h2 font-semibold [overflow-wrap:anywhere]">
          Send {email} this link
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          {children}
        </p>
        <div className="rounded-3 border-line-control bg-sunken mt-5 flex items-center gap-3 border py-1.5 pr-1.5 pl-4">
          <code data-testid="link" className="text-ui flex-1 font-mono break-all select-all">
            {url}
          </code>
          <Button
            look="ink"
            data-first-focus
            onClick={() => void copyText(url).then(() => setCopied(true))}
          >
            {isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
            <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
          </Button>
        </div>
      </div>
      <div className="flex items-center gap-3 border-t px-6 py-3 max-sm:px-4">
        <span className="text-ui text-ink-3 flex-1">{life}</span>
        <Button look="line" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
