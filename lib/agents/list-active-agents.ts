import type { Database } from "#db/client.ts"
import { listAgents } from "#db/queries/agents.ts"
import type { AgentDetails } from "#lib/protocol/agents.ts"

import { toAgentDetails } from "./agent-details.ts"

/** The agents a person may start a conversation with, default first. */
export async function listActiveAgents(db: Database, tenantId: string): Promise<AgentDetails[]> {
  const agents = await listAgents(db, tenantId)
  return agents.filter((agent) => agent.status === "active").map(toAgentDetails)
}
