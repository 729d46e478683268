"use client"

import Link from "next/link"
import { useMemo } from "react"

import { Turn } from "#components/chat/turn/turn.tsx"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import { emptyConversation, reduceEvents } from "#lib/transcript/reduce-events.ts"

import { useReadingPlace } from "./use-reading-place.ts"

interface ReadOnlyThreadProps {
  conversationId: string
  agent: { id: string; name: string }
  rows: readonly JournalRow[]
  /** Seq of the event to scroll to. */
  atSeq: number | null
  /** Address of older messages; null when the start is already shown. */
  olderHref: string | null
  /** Address of the newest messages; null when they are already shown. */
  newestHref: string | null
}

/** Another person's conversation as they see it, with a link to the inspector for each turn. */
export function ReadOnlyThread(props: ReadOnlyThreadProps) {
  const { conversationId, agent, rows, olderHref, newestHref } = props
  const turns = useMemo(() => reduceEvents(emptyConversation(), rows).turns, [rows])
  const scroller = useReadingPlace({
    atSeq: props.atSeq,
    firstSeq: rows[0]?.firstSeq ?? 0,
    lastSeq: rows.at(-1)?.seq ?? 0,
  })
  return (
    <section
      ref={scroller}
      aria-label="Conversation"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      className="mt-4 min-h-0 flex-1 overflow-y-auto border-t"
    >
      <div className="mx-auto w-full max-w-(--w-column) pt-6 pb-16 max-[calc(46rem+48px)]:px-4">
        {olderHref !== null && (
          <Way href={olderHref} className="mb-8">
            Earlier messages
          </Way>
        )}
        {turns.length === 0 && <p className="text-ink-2">No messages yet.</p>}
        {turns.map(({ id, view }, index) => (
          <div key={id} className="not-first:mt-8">
            <Turn
              turn={view}
              conversationId={conversationId}
              agent={agent}
              isLatest={index === turns.length - 1}
              isOnline
              isAdminView
              onRetry={null}
              onContinue={null}
            />
            <Link
              href={`/admin/conversations/${conversationId}?turn=${id}`}
              prefetch={false}
              className="text-ui text-ink-2 hover:text-ink touch:min-h-11 mt-2 inline-flex items-center underline underline-offset-3"
            >
              Inspect this turn
            </Link>
          </div>
        ))}
        {newestHref !== null && (
          <Way href={newestHref} className="mt-8">
            The newest messages
          </Way>
        )}
      </div>
    </section>
  )
}

function Way(props: { href: string; className: string; children: string }) {
  return (
    <p className={`text-ui text-center ${props.className}`}>
      <Link
        href={props.href}
        className="touch:min-h-11 inline-flex items-center underline underline-offset-3"
      >
        {props.children}
      </Link>
    </p>
  )
}
