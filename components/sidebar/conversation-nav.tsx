"use client"

import { useParams } from "next/navigation"
import { useEffect, useRef, useState, useSyncExternalStore } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { Button } from "#components/ui/button.tsx"
import { useNow } from "#components/ui/use-now.ts"
import { useTimeZone } from "#components/ui/use-time-zone.ts"

import { ConversationRow } from "./conversation-row.tsx"
import { groupByDay } from "./group-by-day.ts"

export function ConversationNav() {
  const { list } = useStudio()
  const { items, nextCursor, more } = useSyncExternalStore(
    list.subscribe,
    list.getState,
    list.getState,
  )
  const { id: current } = useParams<{ id?: string }>()
  const timeZone = useTimeZone()
  const now = useNow(true, 60_000)
  const [renaming, setRenaming] = useState<string | null>(null)
  return (
    <nav aria-label="Conversation list" className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
      {items.length === 0 && (
        <p className="text-ui text-ink-3 px-2 pt-4">
          Your conversations will be listed here. Start with a question.
        </p>
      )}
      {groupByDay(items, now, timeZone).map((group) => (
        <section key={group.name} aria-label={group.name}>
          <h2 className="text-micro text-ink-3 px-2 pt-4 pb-1 font-medium">{group.name}</h2>
          <ul>
            {group.items.map((item) => (
              <li key={item.id}>
                <ConversationRow
                  item={item}
                  isCurrent={item.id === current}
                  isRenaming={item.id === renaming}
                  onRename={setRenaming}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {nextCursor === null && items.length > 40 && (
        <p className="text-micro text-ink-3 px-2 pt-4">These are all your conversations.</p>
      )}
      {nextCursor !== null && <More state={more} onLoad={() => void list.loadMore()} />}
    </nav>
  )
}

/** Loads automatically near the viewport, or on click. */
function More({ state, onLoad }: { state: "idle" | "loading" | "failed"; onLoad: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const mark = ref.current
    if (mark === null || state !== "idle") return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && onLoad(),
      { rootMargin: "300px" },
    )
    observer.observe(mark)
    return () => observer.disconnect()
  }, [state, onLoad])
  return (
    <div ref={ref} className="pt-2">
      <Button className="w-full" disabled={state === "loading"} onClick={onLoad}>
        {state === "loading"
          ? "Loading…"
          : state === "failed"
            ? "Did not load. Try again"
            : "Load more"}
      </Button>
    </div>
  )
}
