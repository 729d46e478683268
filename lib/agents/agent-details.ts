import type { AgentSettingsRow } from "#db/queries/agents.ts"
import type { AgentRow } from "#db/queries/agents.ts"
import type { AgentDetails, AgentSettings } from "#lib/protocol/agents.ts"

/** An agent as lists of agents show it. */
export function toAgentDetails(agent: AgentRow): AgentDetails {
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

/** An agent with its administrator-only fields. */
export function toAgentSettings(agent: AgentSettingsRow): AgentSettings {
  const { instructions, tools } = agent
  return { ...toAgentDetails(agent), instructions, tools }
}
