"use client"

import { DateChip } from "#components/admin/lists/date-chip.tsx"
import type { Filters } from "#components/admin/lists/filter-address.ts"
import { SearchField } from "#components/admin/lists/search-field.tsx"
import { useFilters } from "#components/admin/lists/use-filters.tsx"
import type { FilterChoice } from "#lib/protocol/admin.ts"
import { auditActions } from "#lib/protocol/audit.ts"

import { actionWords } from "./audit-words.ts"

const actions = auditActions.map((value) => ({ value, name: actionWords[value] }))

/** Filters of the audit log; the address holds all of them. */
export function AuditFilters(props: {
  path: string
  filters: Filters
  people: readonly FilterChoice[]
}) {
  const { path, filters } = props
  const { isPending, change, chip } = useFilters(path, filters)
  const people = props.people.map(({ id, name }) => ({ value: id, name }))
  return (
    <search
      aria-label="Filters"
      aria-busy={isPending}
      className="flex shrink-0 flex-wrap items-center gap-2 px-6 pb-3 max-sm:flex-nowrap max-sm:overflow-x-auto max-sm:px-4 max-sm:pt-3"
    >
      <SearchField
        label="Id of the target"
        charactersMax={64}
        value={filters["target"] ?? ""}
        onChange={(target) => change({ target })}
      />
      <DateChip
        label="Days"
        from={filters["from"] ?? ""}
        to={filters["to"] ?? ""}
        onChange={(from, to) => change({ from, to })}
      />
      {chip("actor", "Who", people)}
      {chip("action", "Action", actions)}
      {chip("subject", "Whose", people)}
    </search>
  )
}
