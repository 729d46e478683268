"use client"

import { lazyPart } from "./lazy-part.tsx"
import { useHydrated } from "./use-hydrated.ts"

const Toaster = lazyPart(async () => (await import("sonner")).Toaster)

const look = {
  unstyled: true,
  classNames: {
    toast:
      "flex min-h-11 w-full items-center gap-3 rounded-3 border border-line-strong bg-surface py-1.5 pr-2 pl-3.5 text-ui shadow-float",
    content: "flex-1",
    actionButton: "h-7 rounded-2 px-2 font-medium hover:bg-hover touch:h-11",
  },
}

/** Position of notices: right above the composer; on phones below the header. */
export function Notices() {
  const isReady = useHydrated()
  if (!isReady) return null
  return (
    <Toaster
      position={matchMedia("(max-width: 640px)").matches ? "top-center" : "bottom-right"}
      offset={{ bottom: "11rem", right: "20px" }}
      mobileOffset={{ top: "56px" }}
      duration={6_000}
      toastOptions={look}
    />
  )
}
