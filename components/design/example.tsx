import type { ReactNode } from "react"

/** A named group of examples. */
export function Example({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section aria-label={name}>
      <h2 className="text-micro text-ink-3 mb-2 font-medium">{name}</h2>
      {children}
    </section>
  )
}
