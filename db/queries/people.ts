import { foldText } from "#lib/fold-text.ts"
import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { and, desc, eq, isNotNull, isNull, sql } from "../drizzle.ts"
import { inTenant } from "../in-tenant.ts"
import { query } from "../query.ts"
import { tenants, users } from "../schema/people.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

/** What administrators are shown of a person. */
const shown = {
  id: users.id,
  name: users.name,
  email: users.email,
  role: users.role,
  createdAt: users.createdAt,
  disabledAt: users.disabledAt,
  lastActiveAt: users.lastActiveAt,
}

export type PersonRow = Pick<typeof users.$inferSelect, keyof typeof shown>

/** Rows of a list by time and id, read backwards: those before this place. */
export interface RowsBefore {
  before: { ms: number; id: string } | null
  rowsMax: number
}

const rowsPerRead = 500

/**
 * Lists a tenant's people, the newest first. Names are folded as they are read, in batches.
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
  return await query(db)
    .select(shown)
    .from(users)
    .where(
      and(
        inTenant(users, tenantId),
        isNull(users.erasedAt),
        status === "active" ? isNull(users.disabledAt) : undefined,
        status === "disabled" ? isNotNull(users.disabledAt) : undefined,
        before === null
          ? undefined
          : sql`(${users.createdAt}, ${users.id}) < (${new Date(before.ms)}, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(rowsMax)
}

/** A person of the tenant, or null. */
export async function findPerson(
  db: Database,
  tenantId: string,
  userId: string,
): Promise<PersonRow | null> {
  const [row] = await query(db)
    .select(shown)
    .from(users)
    .where(and(eq(users.id, userId), inTenant(users, tenantId), isNull(users.erasedAt)))
  return row ?? null
}

/** Whose an address is, in whatever tenant; null = nobody's. @param email in lower case */
export async function findPersonByEmail(
  db: Database,
  email: string,
): Promise<{ userId: string; tenantId: string } | null> {
  const [row] = await query(db)
    .select({ userId: users.id, tenantId: users.tenantId })
    .from(users)
    .where(eq(users.email, email))
  return row ?? null
}

const profile = {
  name: users.name,
  email: users.email,
  role: users.role,
  image: users.image,
  tenantSlug: tenants.slug,
  tenantName: tenants.name,
}

/** A person and their tenant, or null when either is gone. */
export async function findProfile(db: Database, tenantId: string, userId: string) {
  const [row] = await query(db)
    .select(profile)
    .from(users)
    .innerJoin(tenants, eq(tenants.id, users.tenantId))
    .where(and(eq(users.id, userId), inTenant(users, tenantId)))
  return row ?? null
}

/** Keeps the zone a person is in; writes nothing when it is kept already. */
export async function updateTimeZone(
  db: Database,
  tenantId: string,
  userId: string,
  timeZone: string,
): Promise<void> {
  await query(db)
    .update(users)
    .set({ timeZone })
    .where(
      and(
        eq(users.id, userId),
        inTenant(users, tenantId),
        isNull(users.erasedAt),
        sql`${users.timeZone} is distinct from ${timeZone}`,
      ),
    )
}

/** Renames whoever acts, with a record unless nothing changes. @returns false when they are gone */
export async function renamePerson(
  db: Database,
  actor: AuditActor & { actorId: string },
  name: string,
): Promise<boolean> {
  return await db.$client.begin(async (tx) => {
    const [row] = await tx<{ before: string }[]>`
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
      await insertAudit(tx, actor, {
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
