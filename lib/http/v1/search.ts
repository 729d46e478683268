import { viewerOf } from "#lib/conversations/viewer.ts"
import { searchPage as searchPageShape, searchQuery } from "#lib/protocol/search.ts"
import { searchPage } from "#lib/search/search-page.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { searchText } from "./conversation-filter.ts"

export const search = route({
  method: "GET",
  path: "/v1/api/search",
  summary: "Search the titles and texts of one's own conversations",
  scope: "conversations:read",
  query: searchQuery,
  replies: { 200: { description: "Matches, newest first.", shape: searchPageShape } },
  async run({ runtime, principal, query }) {
    const page = await searchPage(runtime.db, {
      viewer: viewerOf(principal, undefined),
      q: searchText(query.q),
      within: query.in,
      cursor: query.cursor,
      hitsMax: Math.min(50, Math.max(1, query.limit ?? 20)),
    })
    return jsonReply(200, page)
  },
})
