"use client"

import { useRouter } from "next/navigation"
import { useTransition, type ReactNode } from "react"

import { withFilters, type Filters } from "./filter-address.ts"
import { FilterChip } from "./filter-chip.tsx"

export type FilterOptions = { value: string; name: string }[]

/** Filters held in the address; changing one navigates. */
export function useFilters(path: string, filters: Filters) {
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  const change = (changed: Record<string, string | null>) =>
    startTransition(() => router.replace(withFilters(path, filters, changed), { scroll: false }))
  const chip = (name: string, label: string, options: FilterOptions): ReactNode => (
    <FilterChip
      key={name}
      name={label}
      value={filters[name] ?? ""}
      options={options}
      onChange={(value) => change({ [name]: value })}
    />
  )
  return { isPending, change, chip }
}
