import type { Database } from "#db/client.ts"
import { newId } from "#lib/ids.ts"
import { mintToken, hashToken } from "#lib/tokens/token-format.ts"

export interface TestPerson {
  userId: string
  tenantId: string
  name: string
  token: string
}

export async function addTenant(db: Database, name: string): Promise<string> {
  const id = newId()
  await db.$client`insert into tenants (id, slug, name) values (${id}, ${id}, ${name})`
  return id
}

export async function addAgent(
  db: Database,
  tenantId: string,
  agent: { slug: string; displayName?: string; isDefault?: boolean; status?: string },
): Promise<string> {
  const id = newId()
  await db.$client`
    insert into agents (id, tenant_id, slug, display_name, is_default, status)
    values (${id}, ${tenantId}, ${agent.slug}, ${agent.displayName ?? agent.slug},
      ${agent.isDefault ?? false}, ${agent.status ?? "active"})`
  return id
}

export async function addPerson(
  db: Database,
  tenantId: string,
  person: { name: string; role?: "owner" | "admin" | "member"; scopes?: string[] },
): Promise<TestPerson> {
  const userId = newId()
  const role = person.role ?? "member"
  await db.$client`
    insert into users (id, name, email, tenant_id, role)
    values (${userId}, ${person.name}, ${`${userId}@studio.test`}, ${tenantId}, ${role})`
  const scopes = person.scopes ?? (role === "member" ? ["user"] : ["user", "admin"])
  const token = await addToken(db, { tenantId, userId }, { scopes })
  return { userId, tenantId, name: person.name, token }
}

/** A personal access token in plain text. @param token `expiresInSeconds` may be negative */
export async function addToken(
  db: Database,
  person: { tenantId: string; userId: string },
  token: { scopes: string[]; expiresInSeconds?: number; isRevoked?: boolean },
): Promise<string> {
  const text = mintToken()
  await db.$client`
    insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at, revoked_at)
    values (${newId()}, ${person.tenantId}, ${person.userId}, 'test', ${hashToken(text)},
      ${text.slice(0, 11)}, ${token.scopes},
      now() + ${token.expiresInSeconds ?? null}::int * interval '1 second',
      case when ${token.isRevoked ?? false} then now() end)`
  return text
}

/** An empty conversation of a person with an agent. */
export async function addConversation(
  db: Database,
  owner: { tenantId: string; userId: string },
  agentId: string,
): Promise<string> {
  const id = newId()
  await db.$client`
    with conversation as (
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
      values (${id}, ${owner.tenantId}, ${agentId}, ${owner.userId}, ${id})
    ), participant as (
      insert into participants (conversation_id, user_id, tenant_id)
      values (${id}, ${owner.userId}, ${owner.tenantId})
    )
    insert into heads (conversation_id) values (${id})`
  return id
}
