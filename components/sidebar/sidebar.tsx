"use client"

import { PanelLeft, Search, SquarePen } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"

import { useKeyNames } from "#components/studio/shortcuts.ts"
import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { Logo } from "#components/ui/logo.tsx"

import { ConversationNav } from "./conversation-nav.tsx"
import { ProfileMenu } from "./profile-menu.tsx"
import { rowLook } from "./row-look.ts"

const SettingsNav = lazyPart(
  async () => (await import("#components/settings/settings-nav.tsx")).SettingsNav,
)

/** The conversation list; on phones the drawer shows it. */
export function Sidebar({ isHidden, onToggle }: { isHidden: boolean; onToggle: () => void }) {
  const isInSettings = useIsInSettings()
  const keys = useKeyNames()("sidebar")
  if (isHidden) {
    return (
      <div className="absolute top-2 left-2 z-10 max-sm:hidden">
        <IconButton label={`Show sidebar (${keys})`} onClick={onToggle}>
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
      <SidebarBody onToggle={onToggle} toggleLabel={`Hide sidebar (${keys})`} />
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
      {isInSettings ? (
        <SettingsNav
          onLeave={closeDrawer}
          fallback={
            <Link href="/" className="flex-1 px-4" onClick={closeDrawer}>
              Back to chat
            </Link>
          }
        />
      ) : (
        <Conversations />
      )}
      <ProfileMenu user={user} />
    </div>
  )
}

function Conversations() {
  const { closeDrawer, openPalette } = useStudio()
  const keysOf = useKeyNames()
  return (
    <>
      <div className="px-2 pt-1">
        <Link
          href="/"
          title={`New chat (${keysOf("newChat")})`}
          className={`${rowLook} text-ink font-medium`}
          onClick={closeDrawer}
        >
          <SquarePen size={16} aria-hidden />
          <span className="flex-1">New chat</span>
          <Keys>{keysOf("newChat")}</Keys>
        </Link>
        <button
          type="button"
          title={`Search (${keysOf("search")})`}
          className={`${rowLook} text-ink-2 w-full`}
          onClick={() => {
            closeDrawer()
            openPalette()
          }}
        >
          <Search size={16} aria-hidden />
          <span className="flex-1 text-left">Search</span>
          <Keys>{keysOf("search")}</Keys>
        </button>
      </div>
      <ConversationNav />
    </>
  )
}

function Keys({ children }: { children: string }) {
  return (
    <kbd aria-hidden="true" className="text-micro text-ink-3 touch:hidden font-sans tracking-wider">
      {children}
    </kbd>
  )
}

export function useIsInSettings(): boolean {
  return usePathname().startsWith("/settings/")
}
