"use client"

import { Check, Copy } from "lucide-react"
import { useId, useState } from "react"

import { Button } from "#components/ui/button.tsx"
import { CopyButton, copyText } from "#components/ui/copy-button.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import { expandScopes } from "#lib/protocol/scopes.ts"
import type { MintedToken } from "#lib/protocol/tokens.ts"

import { dateWords } from "./token-times.ts"

const prefixCharacters = 7
const checksumCharacters = 6

/** Shows the secret once. Esc does not close the dialog, since it could not be opened again. */
export function SecretDialog({ minted, onClose }: { minted: MintedToken; onClose: () => void }) {
  const title = useId()
  const note = useId()
  const timeZone = useTimeZone()
  const { token } = minted
  return (
    <Dialog
      labelledBy={title}
      describedBy={note}
      onClose={() => {}}
      className="mt-[14vh] max-h-[92dvh] w-[600px] max-sm:mt-auto max-sm:mb-2"
    >
      <div className="max-h-[80dvh] overflow-y-auto p-6 max-sm:p-4">
        <h2 id={title} className="text-h2 font-semibold [overflow-wrap:anywhere]">
          Copy “{minted.name}” now
        </h2>
        <p id={note} className="text-ink-2 mt-1">
          Only a fingerprint is stored, so the secret cannot be shown again.
        </p>
        <div className="rounded-3 border-line-control bg-sunken mt-5 flex items-center gap-3 border py-1.5 pr-1.5 pl-4">
          <code data-testid="secret" className="text-ui flex-1 font-mono break-all select-all">
            {token.slice(0, -checksumCharacters)}
            <span className="text-ink-3">{token.slice(-checksumCharacters)}</span>
          </code>
          <CopySecret token={token} />
        </div>
        <p className="text-ui mt-6 mb-1.5 font-medium">Try it</p>
        <Command minted={minted} />
        <p className="text-ui text-ink-3 mt-2">The copied command holds the whole secret.</p>
      </div>
      <div className="flex items-center gap-3 border-t px-6 py-3 max-sm:px-4">
        <span className="text-ui text-ink-3 flex-1">
          {minted.expires_at === null
            ? "No end date"
            : `Expires ${dateWords(Date.parse(minted.expires_at), timeZone)}`}
        </span>
        <Button look="line" onClick={onClose}>
          I have saved it
        </Button>
      </div>
    </Dialog>
  )
}

function CopySecret({ token }: { token: string }) {
  const [isCopied, setCopied] = useState(false)
  return (
    <Button
      look="ink"
      data-first-focus
      onClick={() => void copyText(token).then(() => setCopied(true))}
    >
      {isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
    </Button>
  )
}

/** An example request with this token. */
function Command({ minted }: { minted: MintedToken }) {
  const { token } = minted
  const canRead = expandScopes(minted.scopes).has("conversations:read")
  const url = `${window.location.origin}${canRead ? "/v1/api/conversations" : "/v1/api/me"}`
  const shown = `${token.slice(0, prefixCharacters + 12)}…${token.slice(-checksumCharacters)}`
  return (
    <figure className="rounded-3 bg-code-bg overflow-hidden border">
      <figcaption className="text-micro text-ink-3 flex h-9 items-center pr-1 pl-3.5">
        <span className="flex-1">Shell</span>
        <CopyButton label="Copy command" text={() => commandOf(url, token)} />
      </figcaption>
      <pre
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- text that scrolls, no group of controls
        role="group"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways
        tabIndex={0}
        aria-label="Command"
        className="text-code-text overflow-x-auto px-3.5 pt-0.5 pb-3.5 font-mono text-[13px]/[21px]"
      >
        <code>{commandOf(url, shown)}</code>
      </pre>
    </figure>
  )
}

function commandOf(url: string, token: string): string {
  return `curl ${url} \\\n  -H "Authorization: Bearer ${token}"`
}
