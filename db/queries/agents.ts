import type { Database } from "../client.ts"

export interface AgentRow {
  id: string
  slug: string
  displayName: string
  description: string
  avatarUrl: string | null
  model: string | null
  status: "active" | "disabled"
  isDefault: boolean
}

const agentsMax = 1_000

/** The agents of a tenant: the default first, then by slug. */
export async function listAgents(db: Database, tenantId: string): Promise<AgentRow[]> {
  return await db.$client<AgentRow[]>`
    select id, slug, display_name, description, avatar_url, model,
      status, is_default
    from agents where tenant_id = ${tenantId}
    order by is_default desc, slug limit ${agentsMax}`
}
