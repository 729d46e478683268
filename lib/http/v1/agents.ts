import { listAgents } from "#db/queries/agents.ts"
import { toAgentDetails } from "#lib/agents/agent-details.ts"
import { agentList } from "#lib/protocol/agents.ts"

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
