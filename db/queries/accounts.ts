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

/** Links made before the issuer was kept with them; they count as the configured one's. */
const anyIssuer = "oidc"

interface ProviderSubject {
  issuer: string
  /** The provider's own name for a person. */
  subject: string
}

type LinkedPerson =
  | { kind: "linked"; userId: string; isDisabled: boolean }
  /** Nobody has that address here. */
  | { kind: "unknown_person" }
  /** The person who has that address is another subject of this provider. */
  | { kind: "other_identity" }

/** Whom a provider's subject has been linked to, or null. */
export async function findLinkedPerson(
  db: Database,
  { issuer, subject }: ProviderSubject,
): Promise<{ userId: string; isDisabled: boolean } | null> {
  const [row] = await db.$client<{ userId: string; isDisabled: boolean }[]>`
    select users.id as user_id, users.disabled_at is not null as is_disabled
    from accounts join users on users.id = accounts.user_id
    where accounts.provider_id in (${providerIdOf(issuer)}, ${anyIssuer})
      and accounts.account_id = ${subject}
    order by accounts.provider_id desc limit 1`
  return row ?? null
}

/**
 * Links a provider's subject to the person who has an address. A person has one subject of a
 * provider: an address that the provider gives to somebody new does not bring the account along.
 * @param email in lower case; the provider has confirmed it
 */
export async function linkPerson(
  db: Database,
  { issuer, subject }: ProviderSubject,
  email: string,
): Promise<LinkedPerson> {
  return await db.$client.begin(async (sql): Promise<LinkedPerson> => {
    const [user] = await sql<{ userId: string; isDisabled: boolean }[]>`
      select id as user_id, disabled_at is not null as is_disabled from users
      where email = ${email} for no key update`
    if (user === undefined) return { kind: "unknown_person" }
    const [other] = await sql<{ subject: string }[]>`
      select account_id as subject from accounts
      where user_id = ${user.userId} and provider_id in (${providerIdOf(issuer)}, ${anyIssuer})
      order by provider_id desc limit 1`
    if (other !== undefined && other.subject !== subject) return { kind: "other_identity" }
    if (other === undefined && !user.isDisabled) {
      await sql`
        insert into accounts (id, user_id, account_id, provider_id)
        values (${newId()}, ${user.userId}, ${subject}, ${providerIdOf(issuer)})`
    }
    return { kind: "linked", ...user }
  })
}

function providerIdOf(issuer: string): string {
  return `${anyIssuer}:${issuer.replace(/\/$/, "")}`
}
