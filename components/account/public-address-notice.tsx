"use client"

import { Notice } from "#components/ui/notice.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"

/**
 * Says where the Studio is, to a browser that has come by another address: only there do its
 * cookies work. Only the browser knows, for a proxy may call the server what it likes.
 * @param address where people reach the Studio
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
