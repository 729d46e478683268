"use client"

import { usePathname, useRouter } from "next/navigation"
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react"

import { Sidebar } from "#components/sidebar/sidebar.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { Notices } from "#components/ui/notices.tsx"
import { setOwnUser } from "#lib/client/api/own-user.ts"
import { openOutbox } from "#lib/client/outbox/open-outbox.ts"
import { ConversationList } from "#lib/client/stream/conversation-list.ts"
import { openSharedStream } from "#lib/client/tabs/open-shared-stream.ts"
import type { ConversationItem } from "#lib/protocol/conversations.ts"

import { Drawer } from "./drawer.tsx"
import { Overlays, type Overlay } from "./overlays.tsx"
import { StudioContext, type Studio } from "./studio-context.tsx"
import { useSharedStream } from "./use-shared-stream.ts"
import { useStudioKeys } from "./use-studio-keys.ts"

const DisabledDialog = lazyPart(async () => (await import("./disabled-dialog.tsx")).DisabledDialog)

interface StudioFrameProps {
  user: Studio["user"]
  conversations: readonly ConversationItem[]
  nextCursor: string | null
  isSidebarHidden: boolean
  children: ReactNode
}

/** The frame of signed-in pages: sidebar or drawer, notices, shortcuts. */
export function StudioFrame(props: StudioFrameProps) {
  const { user, children } = props
  const [list] = useState(
    () => new ConversationList({ items: props.conversations, nextCursor: props.nextCursor }),
  )
  const [stream] = useState(() => {
    // On the server the module is shared by all requests, so it must not hold a user.
    if (typeof window !== "undefined") setOwnUser(user.id)
    return openSharedStream(user.id)
  })
  const [outbox] = useState(() => openOutbox(user.id, stream))
  const drawer = useRef<HTMLDialogElement>(null)
  const [isHidden, setHidden] = useState(props.isSidebarHidden)
  const [overlay, setOverlay] = useState<Overlay | null>(null)
  const router = useRouter()
  const studio = useMemo<Studio>(
    () => ({
      list,
      stream,
      outbox,
      user,
      openDrawer: () => drawer.current?.showModal(),
      closeDrawer: () => drawer.current?.close(),
      openPalette: () => setOverlay("palette"),
    }),
    [list, stream, outbox, user],
  )
  const toggle = () => {
    document.cookie = `sidebar=${isHidden ? "shown" : "hidden"}; path=/; max-age=31536000; samesite=lax`
    setHidden(!isHidden)
  }
  useSharedStream(stream, outbox, list)
  const switchTo = (name: Overlay) => () => setOverlay((open) => (open === name ? null : name))
  useStudioKeys({
    newChat: () => router.push("/"),
    sidebar: toggle,
    search: switchTo("palette"),
    list: switchTo("shortcuts"),
  })
  const isRefused = useSyncExternalStore(
    stream.states.add,
    () => stream.getState().closedStatus === 401,
    () => false,
  )
  const path = usePathname()
  useEffect(() => drawer.current?.close(), [path])
  return (
    <StudioContext value={studio}>
      <div className="flex h-dvh overflow-hidden">
        <a
          href="#main"
          className="focus:rounded-2 focus:bg-ink focus:text-on-ink sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:px-3 focus:py-2"
        >
          Skip to the conversation
        </a>
        <Sidebar isHidden={isHidden} onToggle={toggle} />
        <Drawer ref={drawer} />
        {children}
      </div>
      {isRefused && <DisabledDialog />}
      <Overlays open={overlay} setOpen={setOverlay} toggleSidebar={toggle} />
      <Notices />
    </StudioContext>
  )
}
