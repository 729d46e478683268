"use client"

import type { ReactNode, Ref } from "react"

interface DrawerProps {
  ref: Ref<HTMLDialogElement>
  label: string
  onClose: () => void
  children: ReactNode
}

/** The sidebar on phones: a native modal dialog, which traps and restores the focus. */
export function Drawer({ ref, label, onClose, children }: DrawerProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- Esc closes it as well; the click is on what lies outside
    <dialog
      ref={ref}
      aria-label={label}
      className="border-line bg-sunken text-ink backdrop:bg-scrim m-0 h-dvh max-h-none w-[312px] max-w-[85vw] border-r open:flex"
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      {children}
    </dialog>
  )
}
