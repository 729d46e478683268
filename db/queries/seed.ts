import type { TransactionSql } from "postgres"

import type { Database } from "../client.ts"

export interface NewTenant {
  id: string
  slug: string
  name: string
}

export interface NewAgent {
  id: string
  slug: string
  displayName: string
  description: string
  instructions: string
  model: string | null
  isDefault: boolean
}

/** Held while the first tenant is made: of two processes that start together one comes second. */
const seedLock = 7_205_759_404

/**
 * Makes the first tenant with its agents, unless there is a tenant: what people changed or removed
 * since does not come back.
 */
export async function insertFirstTenant(
  db: Database,
  tenant: NewTenant,
  agents: readonly NewAgent[],
): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(${seedLock})`
    const [found] = await sql<{ isThere: boolean }[]>`
      select exists (select 1 from tenants) as is_there`
    if (found?.isThere) return false
    await insertTenantRows(sql, tenant, agents)
    return true
  })
}

/** The tenant the installation began with. */
export async function findFirstTenant(db: Database): Promise<string> {
  const [row] = await db.$client<{ id: string }[]>`
    select id from tenants order by created_at, id limit 1`
  if (row === undefined) throw new Error("There is no tenant yet.")
  return row.id
}

/** @param sql of a transaction */
export async function insertTenantRows(
  sql: TransactionSql,
  tenant: NewTenant,
  agents: readonly NewAgent[],
): Promise<void> {
  await sql`
    insert into tenants (id, slug, name) values (${tenant.id}, ${tenant.slug}, ${tenant.name})`
  for (const agent of agents) {
    await sql`
      insert into agents
        (id, tenant_id, slug, display_name, description, instructions, model, is_default)
      values (${agent.id}, ${tenant.id}, ${agent.slug}, ${agent.displayName},
        ${agent.description}, ${agent.instructions}, ${agent.model}, ${agent.isDefault})`
  }
}
