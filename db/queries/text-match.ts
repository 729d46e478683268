import { foldText } from "#lib/fold-text.ts"

import type { Database } from "../client.ts"

/** A text to look for in titles, previews and names of agents. */
export interface TextMatch {
  folded: string
  /** As typed: what is not folded yet is compared with it. */
  raw: string
  /** Some conversations are found as they are written only. */
  hasUnsearchable: boolean
  /** Agents whose name contains it. */
  agentIds: readonly string[]
}

/** A tenant's agents are few: their names are folded as they are read. */
export async function matchText(db: Database, tenantId: string, q: string): Promise<TextMatch> {
  const folded = foldText(q)
  const [agents, isLeft] = await Promise.all([
    db.$client<{ id: string; name: string }[]>`
      select id, display_name as name from agents where tenant_id = ${tenantId}`,
    hasUnsearchable(db),
  ])
  const named = agents.filter(({ name }) => foldText(name).includes(folded))
  const agentIds = named.map(({ id }) => id)
  return { folded, raw: q.trim(), hasUnsearchable: isLeft, agentIds }
}

/** Whether anything is left to `refreshConversations` (search-refresh.ts). */
export async function hasUnsearchable(db: Database): Promise<boolean> {
  const rows = await db.$client`select 1 from conversations where not is_searchable limit 1`
  return rows.length > 0
}
