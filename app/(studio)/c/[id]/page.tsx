import type { Metadata } from "next"
import { notFound } from "next/navigation"

import { ChatView } from "#components/chat/chat-view.tsx"
import { findConversation } from "#lib/conversations/find-conversation.ts"
import { readNewestThread } from "#lib/journal/read-newest-thread.ts"
import type { ConversationDetails } from "#lib/protocol/conversations.ts"
import type { Runtime } from "#lib/runtime.ts"

import { requireSignedIn } from "../../signed-in.ts"

interface ConversationPageProps {
  params: Promise<{ id: string }>
}

export async function generateMetadata({ params }: ConversationPageProps): Promise<Metadata> {
  const { details } = await load((await params).id)
  return { title: details.title ?? "New chat" }
}

export default async function ConversationPage({ params }: ConversationPageProps) {
  const { runtime, tenantId, details } = await load((await params).id)
  const rows = await readNewestThread(runtime.db, {
    tenantId,
    conversationId: details.conversation_id,
    lastSeq: details.last_seq,
    reachSeq: details.active_turn?.message_seq ?? details.queue[0]?.message_seq ?? null,
  })
  return (
    <ChatView
      key={details.conversation_id}
      conversationId={details.conversation_id}
      agent={{ id: details.agent.id, name: details.agent.display_name }}
      title={details.title ?? null}
      isReadOnly={details.read_only || details.agent.status !== "active"}
      rows={rows}
      lastSeq={details.last_seq}
    />
  )
}

async function load(
  wanted: string,
): Promise<{ runtime: Runtime; tenantId: string; details: ConversationDetails }> {
  const { runtime, principal } = await requireSignedIn(`/c/${wanted}`)
  const details = await findConversation(runtime.db, principal, wanted)
  if (details === null) notFound()
  return { runtime, tenantId: principal.tenantId, details }
}
