"use client"

import { Command } from "cmdk"
import { Search } from "lucide-react"

import type { SearchState } from "./use-search.ts"

/** The search input and the number of hits. */
export function PaletteField(props: {
  q: string
  onChange: (q: string) => void
  state: SearchState
  onClose: () => void
}) {
  const { q, state } = props
  return (
    <div className="flex h-13 items-center gap-3 border-b px-4">
      <Search size={16} aria-hidden className="text-ink-3 flex-none" />
      <Command.Input
        data-first-focus
        value={q}
        onValueChange={props.onChange}
        maxLength={200}
        aria-label="Search conversations and commands"
        placeholder="Search titles and messages"
        className="text-read placeholder:text-ink-3 min-w-0 flex-1 bg-transparent outline-none"
      />
      <output className="text-ui text-ink-3 whitespace-nowrap tabular-nums max-sm:sr-only">
        {q.trim() === "" ? "" : countWords(state)}
      </output>
      <button
        type="button"
        className="rounded-2 text-micro text-ink-3 hover:bg-hover touch:h-11 touch:px-3 touch:text-ui h-6 px-1.5"
        // Otherwise the list around it would select its current item on Enter.
        onKeyDown={(event) => event.key === "Enter" && event.stopPropagation()}
        onClick={props.onClose}
      >
        <span className="touch:hidden">Esc</span>
        <span className="touch:inline hidden">Close</span>
      </button>
    </div>
  )
}

function countWords(state: SearchState): string {
  if (state.status === "searching") return "Searching…"
  if (state.status === "failed") return ""
  const count = state.titles.length + state.messages.length
  if (count === 0) return "No hits"
  return `${count}${state.nextCursor === null ? "" : "+"} ${count === 1 ? "hit" : "hits"}`
}
