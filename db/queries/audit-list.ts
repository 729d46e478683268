import type { Database, Sql } from "../client.ts"
import type { audit } from "../schema/audit.ts"

/** An id, or the e-mail of a person of the tenant. */
export type PersonFilter = { id: string } | { email: string }

export interface AuditFilter {
  tenantId: string
  actor?: PersonFilter
  /** Any of these. */
  actions?: readonly string[]
  targetId?: string
  subject?: PersonFilter
  /** RFC 3339. */
  since?: string
  until?: string
}

export interface AuditListRow extends Omit<
  typeof audit.$inferSelect,
  "tenantId" | "prevHash" | "hash"
> {
  actorName: string | null
  subjectName: string | null
}

/** One page of a tenant's records, the newest first. */
export async function listAuditRecords(
  db: Database,
  filter: AuditFilter,
  page: { after: { ms: number; id: string } | null; rowsMax: number },
): Promise<AuditListRow[]> {
  const sql = db.$client
  const { after } = page
  return await sql<AuditListRow[]>`
    select audit.id, audit.seq, audit.at,
      audit.action, audit.actor_id, actors.name as actor_name,
      audit.credential_kind, audit.credential_id,
      audit.target_kind, audit.target_id,
      audit.subject_id, subjects.name as subject_name,
      audit.detail, audit.request_id, audit.address
    from audit
    left join users actors on actors.id = audit.actor_id and actors.tenant_id = audit.tenant_id
    left join users subjects on subjects.id = audit.subject_id
      and subjects.tenant_id = audit.tenant_id
    where audit.tenant_id = ${filter.tenantId}
      ${matches(sql, filter)}
      ${
        after === null
          ? sql``
          : sql`and (audit.at, audit.id)
              < (to_timestamp(${after.ms}::float8 / 1000)::timestamptz(3), ${after.id}::uuid)`
      }
    order by audit.at desc, audit.id desc limit ${page.rowsMax}`
}

function matches(sql: Sql, filter: AuditFilter) {
  const { actor, actions, targetId, subject, since, until } = filter
  return sql`
    ${actor === undefined ? sql`` : sql`and audit.actor_id = ${person(sql, filter.tenantId, actor)}`}
    ${
      subject === undefined
        ? sql``
        : sql`and audit.subject_id = ${person(sql, filter.tenantId, subject)}`
    }
    ${actions === undefined ? sql`` : sql`and audit.action = any (${[...actions]}::text[])`}
    ${targetId === undefined ? sql`` : sql`and audit.target_id = ${targetId}`}
    ${since === undefined ? sql`` : sql`and audit.at >= ${since}::text::timestamptz`}
    ${until === undefined ? sql`` : sql`and audit.at < ${until}::text::timestamptz`}`
}

function person(sql: Sql, tenantId: string, filter: PersonFilter) {
  if ("id" in filter) return sql`${filter.id}::uuid`
  return sql`(select id from users where email = ${filter.email} and tenant_id = ${tenantId})`
}
