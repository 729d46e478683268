import type { IncomingMessage } from "node:http"

/** What Next's own client sends to move between pages, refreshes of the development server included. */
const navigationHeaders = new Set([
  "rsc",
  "next-url",
  "next-router-prefetch",
  "next-router-segment-prefetch",
  "next-router-state-tree",
  "next-hmr-refresh",
])
/** Words between the parts of Next, and of the platform it is made for. */
const internalName =
  /^(?:next-|x-(?:action|invoke|matched|middleware|next|nextjs|now|prerender|vercel)-)/
/** By these the development server tells its own pages apart. */
const developmentHeaders = new Set(["x-nextjs-request-id", "x-nextjs-html-request-id"])

/**
 * Takes off a request what only Next may say to itself: server actions, which no page has, and every
 * header that names a route, a rewrite or a cache entry.
 * @param isPage keeps what moves between pages; route handlers know no payloads of React
 */
export function dropNextHeaders(
  { headers }: Pick<IncomingMessage, "headers">,
  { isPage, isDev }: { isPage: boolean; isDev: boolean },
): void {
  for (const name of Object.keys(headers)) {
    if (navigationHeaders.has(name) ? isPage : !internalName.test(name)) continue
    if (isDev && developmentHeaders.has(name)) continue
    delete headers[name]
  }
}
