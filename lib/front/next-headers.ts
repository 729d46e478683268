import type { IncomingMessage } from "node:http"

/**
 * Headers that Next's own client sends for navigation, including refreshes of the development server.
 */
const navigationHeaders = new Set([
  "rsc",
  "next-url",
  "next-router-prefetch",
  "next-router-segment-prefetch",
  "next-router-state-tree",
  "next-hmr-refresh",
])
/** Internal header names of Next and of its hosting platform. */
const internalName =
  /^(?:next-|x-(?:action|invoke|matched|middleware|next|nextjs|now|prerender|vercel)-)/
/** The development server identifies its own pages by these. */
const developmentHeaders = new Set(["x-nextjs-request-id", "x-nextjs-html-request-id"])

/**
 * Removes the request headers that only Next may set: those of server actions, which no page uses, and
 * those that name a route, a rewrite or a cache entry.
 * @param isPage keeps the navigation headers; route handlers have no use for React payloads
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
