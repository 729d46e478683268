"use client"

import { lazy, Suspense } from "react"

export type Overlay = "palette" | "shortcuts"

const loadPalette = () => import("#components/palette/palette.tsx")
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))
const Shortcuts = lazy(async () => ({
  default: (await import("./shortcuts-dialog.tsx")).ShortcutsDialog,
}))

/** Fetches the palette before it is asked for: when somebody reaches for it. */
export function preparePalette(): void {
  void loadPalette()
}

/** What lies over every page; fetched when it is first wanted. */
export function Overlays(props: {
  open: Overlay | null
  setOpen: (overlay: Overlay | null) => void
  toggleSidebar: () => void
}) {
  const { open, setOpen, toggleSidebar } = props
  if (open === null) return null
  return (
    <Suspense fallback={null}>
      {open === "palette" ? (
        <Palette
          onClose={() => setOpen(null)}
          toggleSidebar={toggleSidebar}
          openShortcuts={() => setOpen("shortcuts")}
        />
      ) : (
        <Shortcuts onClose={() => setOpen(null)} />
      )}
    </Suspense>
  )
}
