"use client"

import { Command } from "cmdk"
import type { ReactNode } from "react"

import { AgentMark } from "#components/ui/agent-mark.tsx"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import type { SearchHit } from "#lib/protocol/search.ts"

import { dayWords } from "./day-words.ts"
import { itemLook } from "./item-look.ts"

interface PlaceProps {
  href: string
  agentId: string
  title: ReactNode
  atMs: number
  nowMs: number
  snippet?: ReactNode
  onOpen: (href: string) => void
}

/** A link to a conversation, or to a place in one. */
export function Place({ href, agentId, title, atMs, nowMs, snippet, onOpen }: PlaceProps) {
  const timeZone = useTimeZone()
  return (
    <Command.Item value={href} className={itemLook} onSelect={() => onOpen(href)}>
      <AgentMark agentId={agentId} className="text-ink-3 mt-[3px] self-start" />
      <div className="min-w-0 flex-1">
        <p className="flex gap-3">
          <span className="flex-1 truncate font-medium">{title}</span>
          <time
            dateTime={new Date(atMs).toISOString()}
            className="text-ui text-ink-3 whitespace-nowrap tabular-nums"
          >
            {dayWords(atMs, nowMs, timeZone)}
          </time>
        </p>
        {snippet !== undefined && <p className="text-ui text-ink-2 truncate">{snippet}</p>}
      </div>
    </Command.Item>
  )
}

/** Answers are indexed as a whole, so the link carries the word to find its place. */
export function hrefOf({ conversation_id: id, kind, seq, snippet, matches }: SearchHit): string {
  const [first] = matches
  const word = kind === "answer" && first !== undefined ? snippet.slice(...first) : ""
  return `/c/${id}${kind === "title" ? "" : `#${seq}`}${word === "" ? "" : `:${encodeURIComponent(word)}`}`
}
