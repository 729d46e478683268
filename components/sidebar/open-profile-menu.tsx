"use client"

import { KeyRound, LogOut, ShieldCheck, UserRound } from "lucide-react"
import { useRouter } from "next/navigation"

import { keepTheme, themes } from "#components/studio/keep-theme.ts"
import { signOut } from "#components/studio/sign-out.ts"
import type { Studio } from "#components/studio/studio-context.tsx"
import type { MenuEntry, OpenMenuProps } from "#components/ui/menu-entries.ts"
import { OpenMenu } from "#components/ui/open-menu.tsx"

interface OpenProfileMenuProps extends Pick<OpenMenuProps, "trigger"> {
  role: Studio["user"]["role"]
}

/** The theme switch and links to the person's own pages. */
export function OpenProfileMenu({ role, trigger }: OpenProfileMenuProps) {
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
    ...(role === "member" ? [] : [adminEntry(() => router.push("/admin/conversations"))]),
    {
      kind: "command",
      name: "Sign out",
      icon: <LogOut size={16} aria-hidden />,
      onSelect: () => void signOut(),
    },
  ]
  return <OpenMenu align="start" trigger={trigger} entries={entries} />
}

function adminEntry(onSelect: () => void): MenuEntry {
  return { kind: "command", name: "Admin", icon: <ShieldCheck size={16} aria-hidden />, onSelect }
}
