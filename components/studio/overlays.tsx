"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"

export type Overlay = "palette" | "shortcuts"

const Palette = lazyPart(async () => (await import("#components/palette/palette.tsx")).Palette)
const Shortcuts = lazyPart(async () => (await import("./shortcuts-dialog.tsx")).ShortcutsDialog)

/** Dialogs and notices shared by all pages. */
export function Overlays(props: {
  open: Overlay | null
  setOpen: (overlay: Overlay | null) => void
  toggleSidebar: () => void
}) {
  const { open, setOpen, toggleSidebar } = props
  if (open === null) return null
  if (open === "shortcuts") return <Shortcuts onClose={() => setOpen(null)} />
  return (
    <Palette
      onClose={() => setOpen(null)}
      toggleSidebar={toggleSidebar}
      openShortcuts={() => setOpen("shortcuts")}
    />
  )
}
