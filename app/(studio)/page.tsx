import { NewChat } from "#components/chat/new-chat.tsx"
import { listAgents } from "#db/queries/agents.ts"
import { toAgentDetails } from "#lib/agents/agent-details.ts"

import { requireSignedIn } from "./signed-in.ts"

export default async function NewChatPage() {
  const { runtime, principal } = await requireSignedIn("/")
  const agents = await listAgents(runtime.db, principal.tenantId)
  const active = agents.filter((agent) => agent.status === "active")
  return <NewChat agents={active.map(toAgentDetails)} />
}
