"use client"

import { ArrowLeft, KeyRound, UserRound } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"

import { rowLook } from "#components/sidebar/row-look.ts"

const pages = [
  { href: "/settings/account", name: "Account", Icon: UserRound },
  { href: "/settings/tokens", name: "Tokens", Icon: KeyRound },
] as const

/** Replaces the sidebar's content while the settings are open. */
export function SettingsNav({ onLeave }: { onLeave: () => void }) {
  const path = usePathname()
  return (
    <nav aria-label="Settings" className="min-h-0 flex-1 overflow-y-auto px-2 pt-1 pb-4">
      <Link href="/" className={`${rowLook} text-ink-2`} onClick={onLeave}>
        <ArrowLeft size={16} aria-hidden /> Back to chat
      </Link>
      <h2 className="text-micro text-ink-3 px-2 pt-5 pb-1 font-medium">Settings</h2>
      <ul>
        {pages.map(({ href, name, Icon }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? "page" : undefined}
              className={`${rowLook} text-ink-2 aria-[current=page]:bg-hover aria-[current=page]:text-ink aria-[current=page]:font-medium`}
              onClick={onLeave}
            >
              <Icon size={16} aria-hidden /> {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
