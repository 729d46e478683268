import { NewChat } from "#components/chat/new-chat.tsx"
import { listActiveAgents } from "#lib/agents/list-active-agents.ts"

import { requireSignedIn } from "./signed-in.ts"

export default async function NewChatPage() {
  const { runtime, principal } = await requireSignedIn("/")
  return <NewChat agents={await listActiveAgents(runtime.db, principal.tenantId)} />
}
