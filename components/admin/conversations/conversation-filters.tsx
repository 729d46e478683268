"use client"

import { DateChip } from "#components/admin/lists/date-chip.tsx"
import type { Filters } from "#components/admin/lists/filter-address.ts"
import { SearchField } from "#components/admin/lists/search-field.tsx"
import { useFilters, type FilterOptions } from "#components/admin/lists/use-filters.tsx"
import { Segments } from "#components/ui/segments.tsx"
import type { FilterChoice } from "#lib/protocol/admin.ts"

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
/** Text search filters only by owner and date, so the conversation filters are cleared. */
const textsOnly = {
  in: "messages",
  agent: null,
  channel: null,
  status: null,
  error: null,
  cost: null,
  sort: null,
}

interface ConversationFiltersProps {
  path: string
  filters: Filters
  owners: readonly FilterChoice[]
  agents: readonly FilterChoice[]
  errorCodes: readonly string[]
}

/** Every filter is part of the address, so a view can be shared as a link. */
export function ConversationFilters(props: ConversationFiltersProps) {
  const { path, filters } = props
  const isText = filters["in"] === "messages"
  const { isPending, change, chip } = useFilters(path, filters)
  return (
    <search
      aria-label="Filters"
      aria-busy={isPending}
      className="flex shrink-0 flex-wrap items-center gap-2 px-6 py-3 max-sm:flex-nowrap max-sm:overflow-x-auto max-sm:px-4"
    >
      <SearchField
        label={isText ? "Words in messages and answers" : "Title, agent or latest message"}
        className="w-48"
        value={filters["q"] ?? ""}
        onChange={(q) => change({ q })}
      />
      <Segments
        label="Search in"
        value={isText ? "messages" : "titles"}
        options={[
          { value: "titles", name: "Titles", isZero: true },
          { value: "messages", name: "Texts", isZero: true },
        ]}
        onChange={(place) => change(place === "titles" ? { in: null } : textsOnly)}
      />
      <DateChip
        label={isText ? "Days of the text" : "Days of the last activity"}
        from={filters["from"] ?? ""}
        to={filters["to"] ?? ""}
        onChange={(from, to) => change({ from, to })}
      />
      {chip(
        "owner",
        "Owner",
        props.owners.map(({ id, name }) => ({ value: id, name })),
      )}
      {!isText && conversationChips(props).map((of) => chip(...of))}
    </search>
  )
}

/** Filters that apply to conversations but not to text search: name, label, options. */
function conversationChips(props: ConversationFiltersProps): [string, string, FilterOptions][] {
  return [
    ["agent", "Agent", props.agents.map(({ id, name }) => ({ value: id, name }))],
    ["channel", "Channel", channels.map((name) => ({ value: name, name }))],
    ["status", "Status", statuses.map(([value, name]) => ({ value, name }))],
    ["error", "Error", props.errorCodes.map((code) => ({ value: code, name: code }))],
    ["cost", "Cost", costs.map((value) => ({ value, name: `above $${value}` }))],
    ["sort", "Order", sorts.map(([value, name]) => ({ value, name }))],
  ]
}
