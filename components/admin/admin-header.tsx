"use client"

import { Menu } from "lucide-react"
import type { ReactNode } from "react"

import { IconButton } from "#components/ui/button.tsx"

import { useOpenDrawer } from "./admin-frame.tsx"

interface AdminHeaderProps {
  title: string
  /** Secondary text beside the title. */
  note?: ReactNode
  /** The page's actions. */
  children?: ReactNode
}

/** The header of an admin page; on phones it includes the button that opens the navigation. */
export function AdminHeader({ title, note, children }: AdminHeaderProps) {
  const openDrawer = useOpenDrawer()
  return (
    <header className="flex h-14 shrink-0 items-center gap-3 px-6 max-sm:gap-1 max-sm:border-b max-sm:pr-3 max-sm:pl-1">
      <IconButton label="Open menu" className="sm:hidden" onClick={openDrawer}>
        <Menu size={16} aria-hidden />
      </IconButton>
      <h1 className="text-h2 max-sm:text-read font-semibold whitespace-nowrap max-sm:font-medium">
        {title}
      </h1>
      <p className="text-ui text-ink-3 min-w-0 flex-1 truncate tabular-nums">
        <span className="max-sm:hidden">{note}</span>
      </p>
      {children}
    </header>
  )
}
