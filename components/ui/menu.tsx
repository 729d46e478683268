"use client"

import { cloneElement, useState } from "react"

import { lazyPart } from "./lazy-part.tsx"
import type { MenuProps } from "./menu-entries.ts"

const OpenMenu = lazyPart(async () => (await import("./open-menu.tsx")).OpenMenu)

/** A button that opens a short list of commands. */
export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false)
  const closed = cloneElement(props.trigger, {
    onClick: () => setWanted(true),
    "aria-haspopup": "menu",
    "aria-expanded": false,
  })
  if (!isWanted) return closed
  return <OpenMenu {...props} fallback={closed} />
}
