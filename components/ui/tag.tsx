import type { ReactNode } from "react"

/** A highlighted label with an icon. */
export function WarningTag({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <span className="rounded-1 bg-warning-soft text-micro text-warning inline-flex h-5 items-center gap-1 px-1.5 font-medium whitespace-nowrap">
      {icon} {children}
    </span>
  )
}

/** A label for something in progress. */
export function LiveTag({ children }: { children: ReactNode }) {
  return (
    <span className="rounded-1 bg-accent-soft text-micro text-accent inline-flex h-5 items-center px-1.5 font-medium whitespace-nowrap">
      {children}
    </span>
  )
}
