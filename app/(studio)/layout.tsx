import { headers } from "next/headers"
import type { ReactNode } from "react"

import { earlyEnterScript } from "#components/chat/composer/early-enter.ts"
import { StudioFrame } from "#components/studio/studio-frame.tsx"
import { InlineScript } from "#components/ui/inline-script.tsx"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { listConversationPage } from "#lib/conversations/list-page.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { getRuntime } from "#lib/runtime.ts"

import { isSidebarHidden } from "./signed-in.ts"

export default async function StudioLayout({ children }: { children: ReactNode }) {
  const runtime = await getRuntime()
  const principal = await findSessionPrincipal(runtime, await headers())
  // Redirecting to sign-in needs the requested path, which only the page knows.
  if (principal === null) return children
  const page = await listConversationPage(runtime.db, {
    filter: { viewer: viewerOf(principal, undefined), mode: "standard" },
    sort: "recent",
    page: 1,
    pageSize: 40,
    cursor: undefined,
  })
  return (
    <StudioFrame
      user={{ id: principal.userId, name: principal.name, role: principal.role }}
      conversations={page.conversations}
      nextCursor={page.next_cursor ?? null}
      isSidebarHidden={await isSidebarHidden()}
    >
      <InlineScript code={earlyEnterScript} />
      {children}
    </StudioFrame>
  )
}
