"use client"

import { Command } from "cmdk"
import { CircleAlert, Search, SquarePen } from "lucide-react"
import { useRouter } from "next/navigation"
import { useState, useSyncExternalStore, type KeyboardEvent, type ReactNode } from "react"

import { useKeyNames } from "#components/studio/shortcuts.ts"
import { useStudio } from "#components/studio/studio-context.tsx"
import { Dialog } from "#components/ui/dialog.tsx"
import { Marked } from "#components/ui/marked.tsx"
import { Ring } from "#components/ui/ring.tsx"
import type { ConversationItem } from "#lib/protocol/conversations.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { commandsOf, isNamed } from "./commands.tsx"
import { hrefOf, Place } from "./hit-item.tsx"
import { itemLook } from "./item-look.ts"
import { PaletteField } from "./palette-field.tsx"
import { useSearch, type SearchState } from "./use-search.ts"

const recentMax = 6

interface PaletteProps {
  onClose: () => void
  toggleSidebar: () => void
  openShortcuts: () => void
}

/** Searches titles and texts, and runs global commands. */
export function Palette({ onClose, toggleSidebar, openShortcuts }: PaletteProps) {
  const router = useRouter()
  const { user } = useStudio()
  const [q, setQ] = useState("")
  const [chosen, setChosen] = useState({ among: "", value: "" })
  const [nowMs] = useState(() => Date.now())
  const { state, loadMore, retry } = useSearch(q)
  const close = (next: () => void) => {
    onClose()
    next()
  }
  const goTo = (href: string) => close(() => router.push(href))
  const commands = commandsOf({
    isAdmin: user.role !== "member",
    goTo: (href) => router.push(href),
    toggleSidebar,
    openShortcuts,
  }).filter((command) => isNamed(command, q))
  const isTyped = q.trim() !== ""
  const first = isTyped ? firstChoice(state) : ""
  // A selection among earlier hits does not carry over: Enter opens the first new hit.
  const selected = chosen.among === first ? chosen.value : first
  const onKeyDown = (event: KeyboardEvent) => {
    const opensTab = event.key === "Enter" && (event.metaKey || event.ctrlKey)
    if (!opensTab || !selected.startsWith("/")) return
    event.preventDefault()
    window.open(selected, "_blank", "noopener")
    onClose()
  }
  return (
    <Dialog labelledBy="palette-name" className="mt-[12vh] w-[640px] max-sm:mt-2" onClose={onClose}>
      <h2 id="palette-name" className="sr-only">
        Search and commands
      </h2>
      <Command
        label="Search and commands"
        shouldFilter={false}
        loop
        value={selected}
        onValueChange={(value) => setChosen({ among: first, value })}
        onKeyDown={onKeyDown}
      >
        <PaletteField q={q} onChange={setQ} state={state} onClose={onClose} />
        <Command.List
          label="Results"
          className="max-h-[min(60vh,30rem)] scroll-py-2 overflow-y-auto overscroll-contain py-2"
        >
          {isTyped ? (
            <Hits
              state={state}
              q={q}
              nowMs={nowMs}
              onOpen={goTo}
              onMore={loadMore}
              onRetry={retry}
            />
          ) : (
            <Recent nowMs={nowMs} onOpen={goTo} />
          )}
          <Group name="Do">
            {isTyped && (
              <Doing
                value="ask"
                icon={<SquarePen size={16} aria-hidden />}
                onSelect={() => goTo(`/?ask=${encodeURIComponent(q.trim())}`)}
              >
                Ask about “{q.trim()}”
              </Doing>
            )}
            {commands.map((command) => (
              <Doing
                key={command.name}
                value={command.name}
                icon={command.icon}
                shortcut={command.shortcut}
                onSelect={() => close(command.run)}
              >
                {command.name}
              </Doing>
            ))}
          </Group>
        </Command.List>
      </Command>
      <p
        aria-hidden="true"
        className="text-micro text-ink-3 touch:hidden flex h-9 items-center gap-4 border-t px-4"
      >
        <span>↑↓ move</span>
        <span>↵ open at the hit</span>
        <NewTabHint />
      </p>
    </Dialog>
  )
}

/** The item that Enter selects; empty selects the first command. */
function firstChoice({ messages, titles, status }: SearchState): string {
  if (status === "failed") return "again"
  const [hit] = [...messages, ...titles]
  return hit === undefined ? "" : hrefOf(hit)
}

function NewTabHint() {
  const keys = useKeyNames()("search").replace("K", "↵")
  return <span>{keys} new tab</span>
}

interface HitsProps {
  state: SearchState
  q: string
  nowMs: number
  onOpen: (href: string) => void
  onMore: () => void
  onRetry: () => void
}

function Hits({ state, q, nowMs, onOpen, onMore, onRetry }: HitsProps) {
  const { messages, titles, status } = state
  if (status === "failed") {
    return (
      <Group name="Search">
        <Doing value="again" icon={<CircleAlert size={16} aria-hidden />} onSelect={onRetry}>
          <span role="alert">Search failed. Try again</span>
        </Doing>
      </Group>
    )
  }
  if (messages.length + titles.length === 0) {
    return (
      <p className="text-ink-3 flex h-10 items-center gap-3 px-4">
        {status === "searching" ? (
          <>
            <Ring isQuiet /> Searching…
          </>
        ) : (
          `No results for “${q.trim()}”.`
        )}
      </p>
    )
  }
  return (
    <>
      {messages.length > 0 && (
        <Group name="In messages">
          {messages.map((hit) => (
            <Place
              key={hrefOf(hit)}
              href={hrefOf(hit)}
              agentId={hit.agent_id}
              title={visibleText(hit.title || "New chat")}
              atMs={Date.parse(hit.at)}
              nowMs={nowMs}
              snippet={<Marked text={hit.snippet} matches={hit.matches} />}
              onOpen={onOpen}
            />
          ))}
          {state.nextCursor !== null && (
            <Doing value="more" icon={<Search size={16} aria-hidden />} onSelect={onMore}>
              {status === "searching" ? "Searching…" : "More hits"}
            </Doing>
          )}
        </Group>
      )}
      {titles.length > 0 && (
        <Group name="In titles">
          {titles.map((hit) => (
            <Place
              key={hrefOf(hit)}
              href={hrefOf(hit)}
              agentId={hit.agent_id}
              title={<Marked text={hit.snippet} matches={hit.matches} />}
              atMs={Date.parse(hit.at)}
              nowMs={nowMs}
              onOpen={onOpen}
            />
          ))}
        </Group>
      )}
    </>
  )
}

function Recent({ nowMs, onOpen }: { nowMs: number; onOpen: (href: string) => void }) {
  const { list } = useStudio()
  const { items } = useSyncExternalStore(list.subscribe, list.getState, list.getState)
  if (items.length === 0) return null
  return (
    <Group name="Recent">
      {items.slice(0, recentMax).map((item) => (
        <Place
          key={item.id}
          href={`/c/${item.id}`}
          agentId={item.agent.id}
          title={titleOf(item)}
          atMs={Date.parse(item.last_activity_at)}
          nowMs={nowMs}
          onOpen={onOpen}
        />
      ))}
    </Group>
  )
}

function titleOf(item: ConversationItem): string {
  return visibleText(item.title || item.last_text || "New chat")
}

function Group({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Command.Group
      className="not-first:pt-2"
      heading={<span className="text-micro text-ink-3 block px-4 py-1 font-medium">{name}</span>}
    >
      {children}
    </Command.Group>
  )
}

function Doing(props: {
  value: string
  icon: ReactNode
  shortcut?: Parameters<ReturnType<typeof useKeyNames>>[0] | undefined
  onSelect: () => void
  children: ReactNode
}) {
  const keysOf = useKeyNames()
  return (
    <Command.Item value={props.value} className={itemLook} onSelect={props.onSelect}>
      <span className="text-ink-3 flex-none">{props.icon}</span>
      <span className="min-w-0 flex-1 truncate">{props.children}</span>
      {props.shortcut !== undefined && (
        <kbd className="text-micro text-ink-3 touch:hidden font-sans tracking-wider">
          {keysOf(props.shortcut)}
        </kbd>
      )}
    </Command.Item>
  )
}
