"use client"

import { Search } from "lucide-react"
import { useRouter } from "next/navigation"
import { useEffect, useRef, useState, useTransition } from "react"

import type { FilterChoice } from "#lib/protocol/admin.ts"

import { DateChip } from "./date-chip.tsx"
import { withFilters, type Filters } from "./filter-address.ts"
import { FilterChip } from "./filter-chip.tsx"

const typingMs = 350

const channels = ["web", "slack", "api", "extension", "email"]
const statuses = [
  ["running", "Running"],
  ["queued", "Queued"],
  ["done", "Done"],
  ["stopped", "Stopped"],
  ["failed", "Failed"],
] as const
const costs = ["0.01", "0.1", "1", "10"]
const sorts = [
  ["oldest", "Oldest first"],
  ["title", "Title"],
] as const

interface ConversationFiltersProps {
  path: string
  filters: Filters
  owners: readonly FilterChoice[]
  agents: readonly FilterChoice[]
  errorCodes: readonly string[]
}

/** Every filter stands in the address, so that a view can be sent to somebody. */
export function ConversationFilters(props: ConversationFiltersProps) {
  const { path, filters } = props
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  const change = (changed: Record<string, string | null>) =>
    startTransition(() => router.replace(withFilters(path, filters, changed), { scroll: false }))
  const chip = (name: string, label: string, options: { value: string; name: string }[]) => (
    <FilterChip
      name={label}
      value={filters[name] ?? ""}
      options={options}
      onChange={(value) => change({ [name]: value })}
    />
  )
  return (
    <search
      aria-label="Filters"
      aria-busy={isPending}
      className="flex shrink-0 flex-wrap items-center gap-2 px-6 py-3 max-sm:flex-nowrap max-sm:overflow-x-auto max-sm:px-4"
    >
      <SearchField value={filters["q"] ?? ""} onChange={(q) => change({ q })} />
      <DateChip
        from={filters["from"] ?? ""}
        to={filters["to"] ?? ""}
        onChange={(from, to) => change({ from, to })}
      />
      {chip(
        "agent",
        "Agent",
        props.agents.map(({ id, name }) => ({ value: id, name })),
      )}
      {chip(
        "channel",
        "Channel",
        channels.map((name) => ({ value: name, name })),
      )}
      {chip(
        "owner",
        "Owner",
        props.owners.map(({ id, name }) => ({ value: id, name })),
      )}
      {chip(
        "status",
        "Status",
        statuses.map(([value, name]) => ({ value, name })),
      )}
      {chip(
        "error",
        "Error",
        props.errorCodes.map((code) => ({ value: code, name: code })),
      )}
      {chip(
        "cost",
        "Cost",
        costs.map((value) => ({ value, name: `above $${value}` })),
      )}
      {chip(
        "sort",
        "Order",
        sorts.map(([value, name]) => ({ value, name })),
      )}
    </search>
  )
}

function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  const timer = useRef<number | undefined>(undefined)
  // The address changed by another way: a cleared filter, the back button.
  if (value !== known) {
    setKnown(value)
    setTyped(value)
  }
  useEffect(() => () => window.clearTimeout(timer.current), [])
  const send = (text: string) => {
    window.clearTimeout(timer.current)
    if (text.trim() === known) return
    setKnown(text.trim())
    onChange(text.trim())
  }
  return (
    <label className="rounded-2 border-line-control bg-surface touch:h-11 flex h-7 w-64 flex-none items-center gap-2 border px-2 has-focus-visible:outline-2 has-focus-visible:outline-(--focus) max-sm:w-44">
      <Search size={16} aria-hidden className="text-ink-3" />
      <input
        type="search"
        aria-label="Title, agent or latest message"
        placeholder="Title, agent or latest message"
        className="text-ui touch:text-read min-w-0 flex-1 bg-transparent outline-none"
        value={typed}
        maxLength={1_000}
        onChange={(event) => {
          const text = event.target.value
          setTyped(text)
          window.clearTimeout(timer.current)
          timer.current = window.setTimeout(() => send(text), typingMs)
        }}
        onKeyDown={(event) => event.key === "Enter" && send(typed)}
      />
    </label>
  )
}
