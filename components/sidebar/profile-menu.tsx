"use client"

import type { Studio } from "#components/studio/studio-context.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { Menu } from "#components/ui/menu.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { rowLook } from "./row-look.ts"

const OpenProfileMenu = lazyPart(
  async () => (await import("./open-profile-menu.tsx")).OpenProfileMenu,
)

const roleNames = { owner: "Owner", admin: "Admin", member: "Member" } as const

export function ProfileMenu({ user }: { user: Studio["user"] }) {
  return (
    <div className="border-t p-2">
      <Menu
        open={(slots) => <OpenProfileMenu role={user.role} {...slots} />}
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

function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name)
  return first?.segment.toUpperCase() ?? ""
}
