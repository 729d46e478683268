import type { Database } from "#db/client.ts"
import { listAgentSettings } from "#db/queries/agents.ts"
import type { AgentSettings } from "#lib/protocol/agents.ts"

import { toAgentSettings } from "./agent-details.ts"

/** Every agent of a tenant in the administrators' form, default first. */
export async function listAllAgents(db: Database, tenantId: string): Promise<AgentSettings[]> {
  return (await listAgentSettings(db, tenantId)).map(toAgentSettings)
}
