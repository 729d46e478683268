"use client"

import { cloneElement, lazy, Suspense, useState, type ReactElement, type ReactNode } from "react"

export type MenuEntry =
  | {
      kind: "command"
      name: string
      icon: ReactNode
      isDanger?: boolean
      /** The focus stays where the command puts it. */
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

export interface MenuProps {
  trigger: ReactElement<TriggerProps>
  /** Asked for when it opens. */
  entries: () => readonly MenuEntry[]
  align?: "start" | "end"
}

interface TriggerProps {
  onClick?: () => void
  onPointerEnter?: () => void
  "aria-haspopup"?: "menu"
  "aria-expanded"?: boolean
}

const load = () => import("./open-menu.tsx")
const OpenMenu = lazy(async () => ({ default: (await load()).OpenMenu }))

/** A button that opens a short list of commands. What it opens is fetched when it is reached for. */
export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false)
  const closed = cloneElement(props.trigger, {
    onClick: () => setWanted(true),
    onPointerEnter: () => void load(),
    "aria-haspopup": "menu",
    "aria-expanded": false,
  })
  if (!isWanted) return closed
  return (
    <Suspense fallback={closed}>
      <OpenMenu {...props} />
    </Suspense>
  )
}
