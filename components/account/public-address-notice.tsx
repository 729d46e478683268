"use client"

import { Notice } from "#components/ui/notice.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"

/**
 * Shows the Studio's public address to a browser that arrived under another one, because session
 * cookies work only there. Runs in the browser, since a proxy may rewrite the Host header.
 * @param address the configured public address
 */
export function PublicAddressNotice({ address }: { address: string | undefined }) {
  const isHere = useHydrated()
  if (!isHere || address === undefined) return null
  const { origin } = new URL(address)
  if (window.location.origin === origin) return null
  const { pathname, search } = window.location
  return (
    <div className="mt-6">
      <Notice>
        This Studio is at{" "}
        <a
          href={`${origin}${pathname}${search}`}
          className="decoration-line-control [overflow-wrap:anywhere] underline underline-offset-3"
        >
          {origin}
        </a>
        . Open it there to go on.
      </Notice>
    </div>
  )
}
