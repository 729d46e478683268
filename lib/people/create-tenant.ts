import type { Database } from "#db/client.ts"
import { insertTenant } from "#db/queries/tenants.ts"
import { firstAgents } from "#lib/agents/seed.ts"
import { newId } from "#lib/ids.ts"

import { invitationSeconds } from "./invite-person.ts"
import { mintLinkSecret } from "./link-secret.ts"

export interface TenantOrder {
  name: string
  slug: string
  /** In lower case. */
  ownerEmail: string
  /** The Studio's public origin. */
  origin: string
}

/**
 * Creates another tenant with its two agents, and the link by which its owner joins.
 * @returns null when the slug is taken
 */
export async function createTenant(db: Database, order: TenantOrder): Promise<string | null> {
  const { secret, hash } = mintLinkSecret()
  const isMade = await insertTenant(db, {
    tenant: { id: newId(), slug: order.slug, name: order.name },
    agents: firstAgents(),
    invitation: {
      id: newId(),
      email: order.ownerEmail,
      role: "owner",
      hash,
      lifeSeconds: invitationSeconds,
    },
  })
  return isMade ? new URL(`/invite/${secret}`, order.origin).href : null
}
