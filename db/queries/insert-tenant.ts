import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit } from "./audit.ts"
import { insertOne, type NewInvitation } from "./invitations.ts"
import { insertTenantRows, type NewAgent, type NewTenant } from "./seed.ts"

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
    const [taken] = await sql`select 1 from tenants where slug = ${tenant.slug}`
    if (taken !== undefined) return false
    await insertTenantRows(sql, tenant, order.agents)
    const installation = {
      tenantId: tenant.id,
      actorId: null,
      credentialKind: null,
      credentialId: null,
      requestId: null,
      address: null,
    }
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
