import type { ReactElement, ReactNode } from "react"

export type MenuEntry =
  | {
      kind: "command"
      name: string
      icon: ReactNode
      isDanger?: boolean
      /** The command moves the focus itself, so the menu does not restore it. */
      movesFocus?: boolean
      onSelect: () => void
    }
  | {
      kind: "choice"
      name: string
      value: string
      choices: readonly { value: string; name: string }[]
      onChoose: (value: string) => void
    }
  | { kind: "line" }

export interface OpenMenuProps {
  trigger: ReactElement<TriggerProps>
  /** Evaluated when the menu opens. */
  entries: () => readonly MenuEntry[]
  align?: "start" | "end"
}

export interface TriggerProps {
  onClick?: () => void
  onPointerEnter?: () => void
  "aria-haspopup"?: "menu"
  "aria-expanded"?: boolean
}
