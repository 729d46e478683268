import Link from "next/link"

import { withFilters, type Filters } from "./filter-address.ts"

interface View {
  name: string
  filters: Filters
}

/** Tabs for frequently used filters. */
export function SavedViews(props: { path: string; filters: Filters; today: string }) {
  const { path, filters } = props
  const weekAgo = new Date(Date.parse(props.today) - 6 * 86_400_000).toISOString().slice(0, 10)
  const views: View[] = [
    { name: "All", filters: {} },
    { name: "This week", filters: { from: weekAgo } },
    { name: "Errors", filters: { status: "failed" } },
    { name: "Above $0.10", filters: { cost: "0.1" } },
    { name: "Running", filters: { status: "running" } },
  ]
  return (
    <nav
      aria-label="Views"
      className="flex shrink-0 gap-5 border-b px-6 max-sm:overflow-x-auto max-sm:px-4"
    >
      {views.map((view) => (
        <Link
          key={view.name}
          href={withFilters(path, view.filters, {})}
          prefetch={false}
          aria-current={isSame(view.filters, filters) ? "page" : undefined}
          className="text-ui text-ink-3 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:text-ink touch:h-11 -mb-px inline-flex h-9 items-center border-b-2 border-transparent whitespace-nowrap aria-[current=page]:font-medium"
        >
          {view.name}
        </Link>
      ))}
    </nav>
  )
}

function isSame(a: Filters, b: Filters): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => a[name] === b[name])
}
