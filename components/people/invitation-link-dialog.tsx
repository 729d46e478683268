"use client"

import { Check, Copy } from "lucide-react"
import { useId, useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { copyText } from "#components/ui/copy-button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import type { MadeInvitation } from "#lib/protocol/people.ts"

interface InvitationLinkDialogProps {
  made: MadeInvitation
  onClose: () => void
}

/** The link, this once. Esc does not close it: it could not be opened again. */
export function InvitationLinkDialog({ made, onClose }: InvitationLinkDialogProps) {
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
          Send {made.email} this link
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          Whoever has it can make the account, so send it only to them. It cannot be shown again; a
          new invitation takes its place.
        </p>
        <div className="rounded-3 border-line-control bg-sunken mt-5 flex items-center gap-3 border py-1.5 pr-1.5 pl-4">
          <code
            data-testid="invitation-link"
            className="text-ui flex-1 font-mono break-all select-all"
          >
            {made.url}
          </code>
          <Button
            look="ink"
            data-first-focus
            onClick={() => void copyText(made.url).then(() => setCopied(true))}
          >
            {isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
            <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
          </Button>
        </div>
      </div>
      <div className="flex items-center gap-3 border-t px-6 py-3 max-sm:px-4">
        <span className="text-ui text-ink-3 flex-1">Good for 7 days, once</span>
        <Button look="line" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
