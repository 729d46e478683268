import type { AgentContext } from "#lib/agents/agent-rules.ts"
import { changeAgent } from "#lib/agents/change-agent.ts"
import { createAgent } from "#lib/agents/create-agent.ts"
import { listAgents } from "#lib/agents/list-agents.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"
import { agentList, agentSettings, changeAgentBody, createAgentBody } from "#lib/protocol/agents.ts"

import type { Call } from "../call.ts"
import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

const path = "/v1/agents"

export const list = route({
  method: "GET",
  path,
  summary: "The agents of the tenant: the default first, then by slug",
  scope: "agents:read",
  replies: { 200: { description: "All of them.", shape: agentList } },
  async run({ call, principal }) {
    return jsonReply(200, { agents: await listAgents(contextOf(call), principal) })
  },
})

export const create = route({
  method: "POST",
  path,
  summary: "Create an agent",
  scope: "admin",
  body: createAgentBody,
  replies: { 201: { description: "The new agent.", shape: agentSettings } },
  async run({ call, principal, body }) {
    return jsonReply(201, await createAgent(agentContext(call), principal, body))
  },
})

export const change = route({
  method: "PATCH",
  path: `${path}/{id}`,
  summary: "Change an agent; running turns keep their settings",
  scope: "admin",
  body: changeAgentBody,
  replies: { 200: { description: "The agent now.", shape: agentSettings } },
  failures: ["not_found", "agent_is_default", "agent_disabled"],
  async run({ call, principal, params, body }) {
    const input = { id: namedId(params, "id"), ...body }
    return jsonReply(200, await changeAgent(agentContext(call), principal, input))
  },
})

function agentContext(call: Call): AgentContext {
  const toolNames = toolsFor(null).map((tool) => tool.name)
  return { ...contextOf(call), models: call.runtime.models, toolNames }
}
