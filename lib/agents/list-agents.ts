import { listAgents as listRows } from "#db/queries/agents.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import type { AgentDetails } from "#lib/protocol/agents.ts"

import { toAgentDetails } from "./agent-details.ts"

/** The agents of the caller's tenant, disabled ones included: the default first, then by slug. */
export async function listAgents(
  { db }: VerbContext,
  { tenantId }: Principal,
): Promise<AgentDetails[]> {
  return (await listRows(db, tenantId)).map(toAgentDetails)
}
