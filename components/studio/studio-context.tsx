"use client"

import { createContext, useContext } from "react"

import type { Outbox } from "#lib/client/outbox/outbox.ts"
import type { ConversationList } from "#lib/client/stream/conversation-list.ts"
import type { SharedStream } from "#lib/client/tabs/shared-stream.ts"

export interface Studio {
  list: ConversationList
  stream: SharedStream
  outbox: Outbox
  user: { id: string; name: string; role: "owner" | "admin" | "member" }
  openDrawer: () => void
  closeDrawer: () => void
  openPalette: () => void
}

export const StudioContext = createContext<Studio | null>(null)

/** Context of every signed-in page. */
export function useStudio(): Studio {
  const studio = useContext(StudioContext)
  if (studio === null) throw new Error("useStudio is for what stands inside StudioFrame.")
  return studio
}
