import { CircleAlert } from "lucide-react"
import type { ReactNode } from "react"

/** An error message beside its cause. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-3 bg-danger-soft text-ui flex gap-2.5 px-3 py-2.5">
      <CircleAlert size={16} aria-hidden className="text-danger mt-0.5 flex-none" />
      <span>{children}</span>
    </p>
  )
}
