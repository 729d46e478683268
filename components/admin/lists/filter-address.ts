/** The filters of a list as they stand in its address. */
export type Filters = Readonly<Record<string, string>>

/** An address with some filters changed; places in the list do not outlive a change. */
export function withFilters(path: string, filters: Filters, change: Record<string, string | null>) {
  const merged: Record<string, string | null> = { ...filters, ...change }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(merged)) {
    if (value !== null && value !== "") query.set(name, value)
  }
  const text = query.toString()
  return text === "" ? path : `${path}?${text}`
}

/** Filters that were read, as texts. */
export function filtersOf(query: object): Filters {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}
