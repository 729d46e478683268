"use client"

import { Link as LinkIcon, WrapText } from "lucide-react"
import { useEffect, useState } from "react"

import { Button, IconButton } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"
import { callApi, isApiError } from "#lib/client/api/api.ts"

type Loaded =
  | { kind: "loading" }
  | { kind: "json"; text: string }
  | { kind: "failed"; message: string }

/** One event as the API returns it. */
export function RawEvent({ conversationId, seq }: { conversationId: string; seq: number }) {
  const [loaded, setLoaded] = useState<{ seq: number; result: Loaded } | null>(null)
  const [tries, setTries] = useState(0)
  const [isWrapped, setWrapped] = useState(true)
  useEffect(() => {
    let isWanted = true
    readEvent(conversationId, seq).then(
      (text) => isWanted && setLoaded({ seq, result: { kind: "json", text } }),
      (error: unknown) => {
        const message = isApiError(error) ? error.message : "It did not load."
        if (isWanted) setLoaded({ seq, result: { kind: "failed", message } })
      },
    )
    return () => {
      isWanted = false
    }
  }, [conversationId, seq, tries])
  const result: Loaded = loaded?.seq === seq ? loaded.result : { kind: "loading" }
  const text = result.kind === "json" ? result.text : ""
  return (
    <aside
      aria-label={`Event ${seq}`}
      className="bg-sunken flex min-h-0 flex-col border-l max-lg:border-t max-lg:border-l-0"
    >
      <header className="flex h-11 flex-none items-center gap-1 border-b pr-3 pl-5 max-sm:pl-4">
        <h2 className="text-ui flex-1 font-medium">
          Event {seq} <span className="text-ink-3 font-normal">raw</span>
        </h2>
        <IconButton
          label="Wrap lines"
          size="icon-small"
          aria-pressed={isWrapped}
          onClick={() => setWrapped(!isWrapped)}
        >
          <WrapText size={16} aria-hidden />
        </IconButton>
        <CopyButton label="Copy JSON" text={() => text} />
        <CopyButton
          label={`Copy link to event ${seq}`}
          text={() => window.location.href}
          icon={<LinkIcon size={16} aria-hidden />}
        />
      </header>
      {result.kind === "failed" ? (
        <p role="alert" className="text-ui px-5 py-4">
          {result.message}{" "}
          <Button look="line" size="small" onClick={() => setTries(tries + 1)}>
            Try again
          </Button>
        </p>
      ) : (
        <pre
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- text that scrolls, no group of controls
          role="group"
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
          tabIndex={0}
          aria-label={`Event ${seq} as JSON`}
          className={cn(
            "text-code-text min-h-0 flex-1 overflow-auto px-5 py-4 font-mono text-[12.5px]/[20px] max-sm:px-4",
            isWrapped ? "break-words whitespace-pre-wrap" : "whitespace-pre",
          )}
        >
          <Json text={text} />
        </pre>
      )}
    </aside>
  )
}

async function readEvent(conversationId: string, seq: number): Promise<string> {
  const path = `/v1/api/conversations/${conversationId}/messages`
  const rows = await callApi("GET", `${path}?view=admin&since_seq=${seq - 1}&limit=1`)
  return JSON.stringify(Array.isArray(rows) ? rows[0] : null, null, 2)
}

const tokens =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Highlights keys, strings and numbers; very long values stay plain. */
function Json({ text }: { text: string }) {
  if (text.length > 50_000) return text
  const parts = []
  let end = 0
  for (const match of text.matchAll(tokens)) {
    const [whole, quoted, colon] = match
    parts.push(text.slice(end, match.index))
    const look =
      quoted === undefined
        ? "text-(--code-number)"
        : colon === undefined
          ? "text-(--code-string)"
          : "text-(--code-keyword)"
    parts.push(
      <span key={match.index} className={look}>
        {whole}
      </span>,
    )
    end = match.index + whole.length
  }
  parts.push(text.slice(end))
  return parts
}
