/** The filters of a list, as query parameters. */
export type Filters = Readonly<Record<string, string>>

/**
 * Builds an address with changed filters; paging cursors are dropped because they belong to the old
 * filters.
 */
export function withFilters(path: string, filters: Filters, change: Record<string, string | null>) {
  const merged: Record<string, string | null> = { ...filters, ...change }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(merged)) {
    if (value !== null && value !== "") query.set(name, value)
  }
  const text = query.toString()
  return text === "" ? path : `${path}?${text}`
}

/** Parsed filters, as query parameters. */
export function filtersOf(query: object): Filters {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}
