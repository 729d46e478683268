"use client"

import Link from "next/link"
import { useEffect, useMemo } from "react"

import { Turn } from "#components/chat/turn.tsx"
import type { JournalRow } from "#lib/client/journal-row.ts"
import { emptyConversation, reduceEvents } from "#lib/client/reduce-events.ts"

interface ReadOnlyThreadProps {
  conversationId: string
  agent: { id: string; name: string }
  rows: readonly JournalRow[]
  /** The address of older messages; null when these are all. */
  olderHref: string | null
}

/** Somebody's conversation as they see it, with the way into each turn. */
export function ReadOnlyThread({ conversationId, agent, rows, olderHref }: ReadOnlyThreadProps) {
  const turns = useMemo(() => reduceEvents(emptyConversation(), rows).turns, [rows])
  useEffect(() => {
    document.getElementById(window.location.hash.slice(1))?.scrollIntoView()
  }, [])
  return (
    <section
      aria-label="Conversation"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      className="mt-4 min-h-0 flex-1 overflow-y-auto border-t"
    >
      <div className="mx-auto w-full max-w-(--w-column) pt-6 pb-16 max-[calc(46rem+48px)]:px-4">
        {olderHref !== null && (
          <p className="text-ui mb-8 text-center">
            <Link href={olderHref} className="underline underline-offset-3">
              Earlier messages
            </Link>
          </p>
        )}
        {turns.length === 0 && <p className="text-ink-2">Nothing was written here yet.</p>}
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
      </div>
    </section>
  )
}
