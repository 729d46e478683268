import { listAgents, type AgentRow } from "#db/queries/agents.ts"
import { agentList, type AgentDetails } from "#lib/protocol/agents.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const list = route({
  method: "GET",
  path: "/v1/agents",
  summary: "The agents of the tenant: the default first, then by slug",
  scope: "agents:read",
  replies: { 200: { description: "All of them.", shape: agentList } },
  async run({ runtime, principal }) {
    const agents = await listAgents(runtime.db, principal.tenantId)
    return jsonReply(200, { agents: agents.map(toAgentDetails) })
  },
})

function toAgentDetails(agent: AgentRow): AgentDetails {
  const details: AgentDetails = {
    id: agent.id,
    slug: agent.slug,
    display_name: agent.displayName,
    description: agent.description,
    model: agent.model,
    status: agent.status,
    is_default: agent.isDefault,
  }
  if (agent.avatarUrl !== null) details.avatar_url = agent.avatarUrl
  return details
}
