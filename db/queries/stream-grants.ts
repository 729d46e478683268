import type { Database } from "../client.ts"
import { isLiveSession } from "./sessions.ts"

export interface GrantRow {
  tenantId: string
  userId: string
  /** Null = only the person and the credential matter. */
  conversationId: string | null
  credentialKind: "token" | "session"
  credentialId: string
  isAdminView: boolean
}

/** Which of these rights still stand, by their place in the list. */
export async function listValidGrants(
  db: Database,
  grants: readonly GrantRow[],
): Promise<ReadonlySet<number>> {
  const rows = await db.$client<{ place: number }[]>`
    select held.place - 1 as place
    from unnest(
      ${grants.map((grant) => grant.tenantId)}::uuid[],
      ${grants.map((grant) => grant.userId)}::uuid[],
      ${grants.map((grant) => grant.conversationId)}::uuid[],
      ${grants.map((grant) => grant.credentialKind)}::text[],
      ${grants.map((grant) => grant.credentialId)}::uuid[],
      ${grants.map((grant) => String(grant.isAdminView))}::text[]
    ) with ordinality as held (tenant_id, user_id, conversation_id, kind, credential_id, is_admin_view, place)
    join users on users.id = held.user_id and users.tenant_id = held.tenant_id
    left join conversations on conversations.id = held.conversation_id
      and conversations.tenant_id = held.tenant_id
      and conversations.deleted_at is null
    where users.disabled_at is null
      and (held.conversation_id is null or conversations.id is not null)
      and case held.kind
        when 'token' then exists (
          select 1 from tokens
          where tokens.id = held.credential_id and tokens.tenant_id = held.tenant_id
            and tokens.revoked_at is null
            and (tokens.expires_at is null or tokens.expires_at > now()))
        else exists (
          select 1 from sessions
          where sessions.id = held.credential_id and sessions.user_id = held.user_id
            and ${isLiveSession(db.$client)})
        end
      and case when held.is_admin_view::boolean then users.role <> 'member'
        else held.conversation_id is null or exists (
          select 1 from participants
          where participants.user_id = held.user_id
            and participants.conversation_id = held.conversation_id)
        end`
  return new Set(rows.map((row) => row.place))
}
