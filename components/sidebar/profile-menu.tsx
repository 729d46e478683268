"use client"

import { KeyRound, LogOut, ShieldCheck, UserRound } from "lucide-react"
import { useRouter } from "next/navigation"

import { keepTheme, themes } from "#components/studio/keep-theme.ts"
import { signOut } from "#components/studio/sign-out.ts"
import type { Studio } from "#components/studio/studio-context.tsx"
import type { MenuEntry } from "#components/ui/menu-entries.ts"
import { Menu } from "#components/ui/menu.tsx"
import { visibleText } from "#lib/client/visible-text.ts"

import { rowLook } from "./row-look.ts"

const roleNames = { owner: "Owner", admin: "Admin", member: "Member" } as const

export function ProfileMenu({ user }: { user: Studio["user"] }) {
  const router = useRouter()
  const entries = (): MenuEntry[] => [
    {
      kind: "choice",
      name: "Theme",
      value: document.documentElement.dataset["theme"] ?? "system",
      choices: themes,
      onChoose: keepTheme,
    },
    { kind: "line" },
    {
      kind: "command",
      name: "Account",
      icon: <UserRound size={16} aria-hidden />,
      onSelect: () => router.push("/settings/account"),
    },
    {
      kind: "command",
      name: "Tokens",
      icon: <KeyRound size={16} aria-hidden />,
      onSelect: () => router.push("/settings/tokens"),
    },
    ...(user.role === "member" ? [] : [adminEntry(() => router.push("/admin/conversations"))]),
    {
      kind: "command",
      name: "Sign out",
      icon: <LogOut size={16} aria-hidden />,
      onSelect: () => void signOut(),
    },
  ]
  return (
    <div className="border-t p-2">
      <Menu
        align="start"
        entries={entries}
        trigger={
          <button type="button" className={`${rowLook} w-full`}>
            <span
              aria-hidden="true"
              className="bg-ink text-micro text-on-ink grid size-6 place-items-center rounded-full font-medium"
            >
              {initialOf(user.name)}
            </span>
            <span className="text-ink min-w-0 flex-1 truncate text-left">
              {visibleText(user.name)}
            </span>
            <span className="text-micro text-ink-3">{roleNames[user.role]}</span>
          </button>
        }
      />
    </div>
  )
}

function adminEntry(onSelect: () => void): MenuEntry {
  return { kind: "command", name: "Admin", icon: <ShieldCheck size={16} aria-hidden />, onSelect }
}

function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name)
  return first?.segment.toUpperCase() ?? ""
}
