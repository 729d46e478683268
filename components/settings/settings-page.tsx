"use client"

import { Menu } from "lucide-react"
import type { ReactNode } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"

/** The frame of a settings page; on phones its title shares a bar with the drawer button. */
export function SettingsPage({ title, children }: { title: string; children: ReactNode }) {
  const { openDrawer } = useStudio()
  return (
    <main id="main" tabIndex={-1} className="min-w-0 flex-1 overflow-y-auto outline-none">
      <header className="bg-paper sticky top-0 z-10 flex h-12 items-center border-b px-1 sm:hidden">
        <IconButton label="Open menu" onClick={openDrawer}>
          <Menu size={16} aria-hidden />
        </IconButton>
        <h1 className="text-read font-medium">{title}</h1>
      </header>
      <div className="mx-auto max-w-[1080px] px-12 pt-12 pb-16 max-sm:px-4 max-sm:pt-4">
        <h1 className="text-h1 font-semibold max-sm:hidden">{title}</h1>
        {children}
      </div>
    </main>
  )
}
