"use client"

import { ArrowLeft } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from "react"

import { ProfileMenu } from "#components/sidebar/profile-menu.tsx"
import { rowLook } from "#components/sidebar/row-look.ts"
import type { Studio } from "#components/studio/studio-context.tsx"
import { Drawer } from "#components/ui/drawer.tsx"
import { Logo } from "#components/ui/logo.tsx"
import { Notices } from "#components/ui/notices.tsx"

import { adminPages } from "./admin-pages.ts"

const DrawerContext = createContext<() => void>(() => {})

/** Opens the navigation drawer on phones. */
export function useOpenDrawer(): () => void {
  return useContext(DrawerContext)
}

/** The frame of every admin page: navigation or drawer, toasts. */
export function AdminFrame({ user, children }: { user: Studio["user"]; children: ReactNode }) {
  const drawer = useRef<HTMLDialogElement>(null)
  const openDrawer = useMemo(() => () => drawer.current?.showModal(), [])
  const closeDrawer = () => drawer.current?.close()
  const path = usePathname()
  useEffect(() => drawer.current?.close(), [path])
  return (
    <DrawerContext value={openDrawer}>
      <div className="flex h-dvh overflow-hidden">
        <a
          href="#main"
          className="focus:rounded-2 focus:bg-ink focus:text-on-ink sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:px-3 focus:py-2"
        >
          Skip to the content
        </a>
        <aside
          aria-label="Admin"
          className="bg-sunken flex w-(--w-sidebar) shrink-0 flex-col border-r max-sm:hidden"
        >
          <AdminSidebar user={user} path={path} />
        </aside>
        <Drawer ref={drawer} label="Admin" onClose={closeDrawer}>
          <AdminSidebar user={user} path={path} />
        </Drawer>
        {children}
      </div>
      <Notices />
    </DrawerContext>
  )
}

function AdminSidebar({ user, path }: { user: Studio["user"]; path: string }) {
  return (
    <div className="flex min-h-0 w-full min-w-0 flex-1 flex-col pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <div className="flex h-12 flex-none items-center gap-2 px-4 font-semibold">
        <Logo /> Studio
      </div>
      <nav aria-label="Admin pages" className="min-h-0 flex-1 overflow-y-auto px-2 pt-1 pb-4">
        <Link href="/" className={`${rowLook} text-ink-2`}>
          <ArrowLeft size={16} aria-hidden /> Back to chat
        </Link>
        <h2 className="text-micro text-ink-3 px-2 pt-5 pb-1 font-medium">Admin</h2>
        <ul>
          {adminPages.map(({ href, name, Icon }) => (
            <li key={href}>
              <Link
                href={href}
                aria-current={path === href || path.startsWith(`${href}/`) ? "page" : undefined}
                className={`${rowLook} text-ink-2 aria-[current=page]:bg-hover aria-[current=page]:text-ink aria-[current=page]:font-medium`}
              >
                <Icon size={16} aria-hidden /> {name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <ProfileMenu user={user} />
    </div>
  )
}
