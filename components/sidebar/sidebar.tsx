"use client"

import { PanelLeft, SquarePen } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"

import { SettingsNav } from "#components/settings/settings-nav.tsx"
import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import { Logo } from "#components/ui/logo.tsx"

import { ConversationNav } from "./conversation-nav.tsx"
import { ProfileMenu } from "./profile-menu.tsx"
import { rowLook } from "./row-look.ts"

/** The column of conversations; on phones the drawer shows the same. */
export function Sidebar({ isHidden, onToggle }: { isHidden: boolean; onToggle: () => void }) {
  const isInSettings = useIsInSettings()
  if (isHidden) {
    return (
      <div className="absolute top-2 left-2 z-10 max-sm:hidden">
        <IconButton label="Show sidebar (⌘⇧S)" onClick={onToggle}>
          <PanelLeft size={16} aria-hidden />
        </IconButton>
      </div>
    )
  }
  return (
    <aside
      aria-label={isInSettings ? "Settings" : "Conversations"}
      className="bg-sunken flex w-(--w-sidebar) shrink-0 flex-col border-r max-sm:hidden"
    >
      <SidebarBody onToggle={onToggle} toggleLabel="Hide sidebar (⌘⇧S)" />
    </aside>
  )
}

export function SidebarBody({
  onToggle,
  toggleLabel,
}: {
  onToggle: () => void
  toggleLabel: string
}) {
  const { closeDrawer, user } = useStudio()
  const isInSettings = useIsInSettings()
  return (
    <div className="flex min-h-0 w-full min-w-0 flex-1 flex-col pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <div className="flex h-12 items-center gap-2 pr-2 pl-4 font-semibold">
        <Logo />
        <span className="flex-1">Studio</span>
        <IconButton label={toggleLabel} size="icon-small" onClick={onToggle}>
          <PanelLeft size={16} aria-hidden />
        </IconButton>
      </div>
      {isInSettings ? <SettingsNav onLeave={closeDrawer} /> : <Conversations />}
      <ProfileMenu user={user} />
    </div>
  )
}

function Conversations() {
  const { closeDrawer } = useStudio()
  return (
    <>
      <div className="px-2 pt-1">
        <Link
          href="/"
          title="New chat (⌘⇧O)"
          className={`${rowLook} text-ink font-medium`}
          onClick={closeDrawer}
        >
          <SquarePen size={16} aria-hidden />
          <span className="flex-1">New chat</span>
          <kbd className="text-micro text-ink-3 touch:hidden font-sans tracking-wider">⌘⇧O</kbd>
        </Link>
      </div>
      <ConversationNav />
    </>
  )
}

export function useIsInSettings(): boolean {
  return usePathname().startsWith("/settings/")
}
