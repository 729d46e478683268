import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import { revokePasswordResets } from "./password-resets.ts"
import { deleteSessionsIn } from "./sessions.ts"

/** The hash of a person's password, or null when they sign in another way. */
export async function findPasswordHash(
  db: Database,
  person: { tenantId: string; userId: string },
): Promise<string | null> {
  const [row] = await db.$client<{ password: string | null }[]>`
    select accounts.password
    from accounts join users on users.id = accounts.user_id
    where users.id = ${person.userId} and users.tenant_id = ${person.tenantId}
      and accounts.provider_id = 'credential'`
  return row?.password ?? null
}

/**
 * Sets a new password, if the old one is still what was checked, ends every other session and revokes
 * open reset links.
 * @param keptSessionId the session that asks
 * @returns false when the password has been changed meanwhile
 */
export async function replacePassword(
  db: Database,
  actor: AuditActor & { actorId: string },
  hashes: { old: string; next: string },
  keptSessionId: string,
): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    const changed = await sql`
      with person as (
        select id from users
        where id = ${actor.actorId} and tenant_id = ${actor.tenantId} and disabled_at is null
        for no key update
      )
      update accounts set password = ${hashes.next}, updated_at = now()
      from person
      where accounts.user_id = person.id
        and accounts.provider_id = 'credential' and accounts.password = ${hashes.old}`
    if (changed.count === 0) return false
    await insertAudit(sql, actor, {
      id: newId(),
      action: "password.changed",
      targetKind: "user",
      targetId: actor.actorId,
      subjectId: actor.actorId,
    })
    await deleteSessionsIn(sql, actor, { allBut: keptSessionId })
    await revokePasswordResets(sql, actor, actor.actorId)
    return true
  })
}

/**
 * Puts a hash in the place of another of the same password. A hash has a salt of its own, so it is
 * one person's, and gone when they have changed their password meanwhile.
 */
export async function renewPasswordHash(
  db: Database,
  hashes: { old: string; next: string },
): Promise<void> {
  await db.$client`
    update accounts set password = ${hashes.next}, updated_at = now()
    where accounts.provider_id = 'credential' and accounts.password = ${hashes.old}`
}
