import type { ReactNode } from "react"

interface CodeFrameProps {
  label: string
  actions: ReactNode
  children: ReactNode
}

/** A framed block with its name and actions. */
export function CodeFrame({ label, actions, children }: CodeFrameProps) {
  return (
    <figure className="rounded-3 bg-code-bg overflow-hidden border">
      <figcaption className="text-micro text-ink-3 touch:h-11 flex h-9 items-center pr-1 pl-3.5">
        <span className="min-w-0 flex-1 truncate">{label}</span>
        {actions}
      </figcaption>
      {children}
    </figure>
  )
}
