import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { asc, eq } from "../drizzle.ts"
import { query } from "../query.ts"
import { agents as agentTable } from "../schema/agents.ts"
import { tenants } from "../schema/people.ts"
import { insertAudit, scriptOf } from "./audit.ts"
import { insertOne, type NewInvitation } from "./invitations.ts"

interface NewTenant {
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
  const [row] = await query(db)
    .select({ id: tenants.id })
    .from(tenants)
    .orderBy(asc(tenants.createdAt), asc(tenants.id))
    .limit(1)
  if (row === undefined) throw new Error("There is no tenant yet.")
  return row.id
}

/** @param sql of a transaction */
async function insertTenantRows(
  sql: TransactionSql,
  tenant: NewTenant,
  agents: readonly NewAgent[],
): Promise<void> {
  await query(sql).insert(tenants).values(tenant)
  if (agents.length === 0) return
  const tenantId = tenant.id
  await query(sql)
    .insert(agentTable)
    .values(agents.map((agent) => ({ ...agent, tenantId })))
}

/**
 * Makes a tenant with its agents and the invitation of its owner, all or nothing.
 * @returns false when the slug is taken
 */
export async function insertTenant(
  db: Database,
  order: { tenant: NewTenant; agents: readonly NewAgent[]; invitation: NewInvitation },
): Promise<boolean> {
  const { tenant } = order
  return await db.$client.begin(async (sql) => {
    const [taken] = await query(sql)
      .select({ id: tenants.id })
      .from(tenants)
      .where(eq(tenants.slug, tenant.slug))
    if (taken !== undefined) return false
    await insertTenantRows(sql, tenant, order.agents)
    const installation = scriptOf({ tenantId: tenant.id })
    await insertAudit(sql, installation, {
      id: newId(),
      action: "tenant.created",
      targetKind: "tenant",
      targetId: tenant.id,
      detail: { slug: tenant.slug, name: tenant.name },
    })
    await insertOne(sql, installation, order.invitation)
    return true
  })
}
