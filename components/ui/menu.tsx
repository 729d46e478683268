"use client"

import { cloneElement, lazy, Suspense, useState } from "react"

import type { MenuProps } from "./menu-entries.ts"

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
