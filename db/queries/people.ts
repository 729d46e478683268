import { foldText } from "#lib/fold-text.ts"
import { newId } from "#lib/ids.ts"

import type { Database, Sql } from "../client.ts"
import { momentOf } from "../moment.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

export interface PersonRow {
  id: string
  name: string
  email: string
  role: "owner" | "admin" | "member"
  createdAt: Date
  disabledAt: Date | null
  lastActiveAt: Date | null
}

/** Rows of a list by time and id, read backwards: those before this place. */
export interface RowsBefore {
  before: { ms: number; id: string } | null
  rowsMax: number
}

const rowsPerRead = 500

/**
 * A tenant's people, the newest first.
 * @param filter `q` is a folded part of name or e-mail address
 */
export async function listPeople(
  db: Database,
  tenantId: string,
  filter: { q?: string | undefined; status?: "active" | "disabled" | undefined },
  range: RowsBefore,
): Promise<PersonRow[]> {
  const { q } = filter
  if (q === undefined) return await readPeople(db, tenantId, filter, range)
  const found: PersonRow[] = []
  for (let { before } = range; ;) {
    const rows = await readPeople(db, tenantId, filter, { before, rowsMax: rowsPerRead })
    found.push(...rows.filter(({ name, email }) => foldText(`${name} ${email}`).includes(q)))
    const last = rows.at(-1)
    if (found.length >= range.rowsMax || rows.length < rowsPerRead || last === undefined) {
      return found.slice(0, range.rowsMax)
    }
    before = { ms: last.createdAt.getTime(), id: last.id }
  }
}

async function readPeople(
  db: Database,
  tenantId: string,
  { status }: { status?: "active" | "disabled" | undefined },
  { before, rowsMax }: RowsBefore,
): Promise<PersonRow[]> {
  const sql = db.$client
  return await sql<PersonRow[]>`
    select ${personColumns(sql)}
    from users
    where users.tenant_id = ${tenantId} and users.erased_at is null
      ${status === undefined ? sql`` : sql`and (users.disabled_at is null) = ${status === "active"}`}
      ${before === null ? sql`` : sql`and (users.created_at, users.id) < (${momentOf(sql, before.ms)}, ${before.id}::uuid)`}
    order by users.created_at desc, users.id desc
    limit ${rowsMax}`
}

/** A person of the tenant, or null. */
export async function findPerson(
  db: Database,
  tenantId: string,
  userId: string,
): Promise<PersonRow | null> {
  const sql = db.$client
  const [row] = await sql<PersonRow[]>`
    select ${personColumns(sql)} from users
    where users.id = ${userId} and users.tenant_id = ${tenantId} and users.erased_at is null`
  return row ?? null
}

/** Renames whoever acts, with a record unless nothing changes. @returns false when they are gone */
export async function renamePerson(
  db: Database,
  actor: AuditActor & { actorId: string },
  name: string,
): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    const [row] = await sql<{ before: string }[]>`
      update users set name = ${name}, updated_at = now()
      from (
        select id, name as before from users
        where id = ${actor.actorId} and tenant_id = ${actor.tenantId} and erased_at is null
        for no key update
      ) old
      where users.id = old.id
      returning old.before`
    if (row === undefined) return false
    if (row.before !== name) {
      await insertAudit(sql, actor, {
        id: newId(),
        action: "user.renamed",
        targetKind: "user",
        targetId: actor.actorId,
        subjectId: actor.actorId,
        detail: { from: row.before, to: name },
      })
    }
    return true
  })
}

function personColumns(sql: Sql) {
  return sql`
    users.id, users.name, users.email, users.role,
      users.created_at,
      users.disabled_at,
      users.last_active_at`
}
