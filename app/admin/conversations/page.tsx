import type { Metadata } from "next"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { listConversationPage } from "#lib/conversations/list-page.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Conversations" }

export default async function ConversationsPage() {
  const { runtime, principal } = await requireAdmin()
  const page = await listConversationPage(runtime.db, {
    filter: { viewer: viewerOf(principal, "admin") },
    sort: "recent",
    page: 1,
    pageSize: 50,
    cursor: undefined,
  })
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader title="Conversations" note={`${page.total} in all`} />
      <ul className="min-h-0 flex-1 overflow-y-auto border-t">
        {page.conversations.map((item) => (
          <li key={item.id} className="text-ui flex h-9 items-center border-b px-6">
            {item.title ?? "Untitled"}
          </li>
        ))}
      </ul>
    </main>
  )
}
