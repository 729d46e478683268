"use client"

import {
  Keyboard,
  KeyRound,
  LogOut,
  Monitor,
  Moon,
  PanelLeft,
  ShieldCheck,
  SquarePen,
  Sun,
} from "lucide-react"
import type { ReactNode } from "react"

import { keepTheme } from "#components/studio/keep-theme.ts"
import type { ShortcutName } from "#components/studio/shortcuts.ts"
import { signOut } from "#components/studio/sign-out.ts"

interface PaletteCommand {
  name: string
  /** Search synonyms. */
  also?: string
  icon: ReactNode
  shortcut?: ShortcutName
  run: () => void
}

interface CommandContext {
  isAdmin: boolean
  goTo: (href: string) => void
  toggleSidebar: () => void
  openShortcuts: () => void
}

const size = 16

/** The palette's commands. */
export function commandsOf(context: CommandContext): PaletteCommand[] {
  const { goTo } = context
  const go = (href: string) => () => goTo(href)
  const admin: PaletteCommand = {
    name: "Admin",
    also: "administration conversations usage people agents audit",
    icon: <ShieldCheck size={size} aria-hidden />,
    run: go("/admin"),
  }
  return [
    {
      name: "New chat",
      also: "start ask conversation",
      icon: <SquarePen size={size} aria-hidden />,
      shortcut: "newChat",
      run: go("/"),
    },
    {
      name: "Show or hide the sidebar",
      icon: <PanelLeft size={size} aria-hidden />,
      shortcut: "sidebar",
      run: context.toggleSidebar,
    },
    {
      name: "Settings: tokens",
      also: "preferences api key pat",
      icon: <KeyRound size={size} aria-hidden />,
      run: go("/settings/tokens"),
    },
    ...(context.isAdmin ? [admin] : []),
    {
      name: "Theme: system",
      also: "appearance colour",
      icon: <Monitor size={size} aria-hidden />,
      run: () => keepTheme("system"),
    },
    {
      name: "Theme: light",
      also: "appearance colour bright",
      icon: <Sun size={size} aria-hidden />,
      run: () => keepTheme("light"),
    },
    {
      name: "Theme: dark",
      also: "appearance colour night",
      icon: <Moon size={size} aria-hidden />,
      run: () => keepTheme("dark"),
    },
    {
      name: "Keyboard shortcuts",
      also: "keys help",
      icon: <Keyboard size={size} aria-hidden />,
      shortcut: "list",
      run: context.openShortcuts,
    },
    {
      name: "Sign out",
      also: "log out leave",
      icon: <LogOut size={size} aria-hidden />,
      run: () => void signOut(),
    },
  ]
}

/** Each typed word must be a prefix of a word in the command. */
export function isNamed(command: PaletteCommand, q: string): boolean {
  const words = `${command.name} ${command.also ?? ""}`.toLowerCase().split(/[^a-z]+/)
  const typed = q.toLowerCase().split(/\s+/)
  return typed.every((part) => part === "" || words.some((word) => word.startsWith(part)))
}
