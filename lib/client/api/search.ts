import type { SearchPage } from "#lib/protocol/search.ts"

import { callApi } from "./api.ts"

interface SearchQuery {
  q: string
  in: "titles" | "messages"
  limit: number
  cursor?: string
}

/** @throws ApiError */
export async function search(query: SearchQuery, signal: AbortSignal): Promise<SearchPage> {
  const parameters = new URLSearchParams({ q: query.q, in: query.in, limit: String(query.limit) })
  if (query.cursor !== undefined) parameters.set("cursor", query.cursor)
  // The answer is that of our own server, so its shape is believed.
  return (await callApi("GET", `/v1/api/search?${parameters}`, { signal })) as SearchPage
}
