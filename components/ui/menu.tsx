"use client"

import { cloneElement, useState, type ReactElement, type ReactNode } from "react"

import { lazyPart } from "./lazy-part.tsx"
import type { TriggerProps } from "./menu-entries.ts"

/** For menus whose entries are already loaded; others load theirs together with the menu. */
export const OpenMenu = lazyPart(async () => (await import("./open-menu.tsx")).OpenMenu)

interface OpenSlots {
  trigger: ReactElement<TriggerProps>
  /** The closed menu, shown in place until the code has loaded. */
  fallback: ReactNode
}

interface MenuProps {
  trigger: ReactElement<TriggerProps>
  /** Called on the first click. */
  open: (slots: OpenSlots) => ReactNode
}

/** A button that opens a short menu of commands. */
export function Menu({ trigger, open }: MenuProps) {
  const [isWanted, setWanted] = useState(false)
  const closed = cloneElement(trigger, {
    onClick: () => setWanted(true),
    "aria-haspopup": "menu",
    "aria-expanded": false,
  })
  return isWanted ? open({ trigger, fallback: closed }) : closed
}
