import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import { revokeInvitationsOf, revokeInvitationsTo } from "./invitations.ts"
import { revokePasswordResets } from "./password-resets.ts"
import { isSessionOf } from "./sessions.ts"

type Role = "owner" | "admin" | "member"

/** A person and whoever wants to change them, held until the change is done. */
export interface PeopleState {
  /** Null = gone or disabled meanwhile. */
  actorRole: Role | null
  isSelf: boolean
  role: Role
  isDisabled: boolean
  /** Owners beside this person who may sign in. */
  otherOwners: number
}

export type ChangeRefusal = "gone" | "own_account" | "owner_required" | "last_owner"

export interface PersonChange {
  role?: Role | undefined
  isDisabled?: boolean | undefined
}

/** Who acts: always a person. */
export type PersonActor = AuditActor & { actorId: string }

interface HeldRow {
  id: string
  role: Role
  isDisabled: boolean
}

/**
 * Changes a person's role, or whether they may sign in, when `judge` has nothing against it. The
 * actor, the person and every owner are held meanwhile: of two owners who demote each other one
 * comes second and is judged by what the first has done.
 * @returns what `judge` has against it, null when done; "missing" when the tenant has no such person
 */
export async function changePerson(
  db: Database,
  actor: PersonActor,
  personId: string,
  change: PersonChange,
  judge: (state: PeopleState) => ChangeRefusal | null,
): Promise<ChangeRefusal | "missing" | null> {
  return await db.$client.begin(async (sql) => {
    const people = await holdPeople(sql, actor, personId)
    if (people === null) return "missing"
    const { person, state } = people
    const refusal = judge(state)
    if (refusal !== null) return refusal
    await applyRole(sql, actor, person, change.role ?? person.role)
    await applyDisabling(sql, actor, person, change.isDisabled ?? person.isDisabled)
    return null
  })
}

/**
 * A person and whoever acts, held with every owner until the transaction ends.
 * @returns null when the tenant has no such person
 */
export async function holdPeople(
  sql: TransactionSql,
  actor: PersonActor,
  personId: string,
): Promise<{ person: HeldRow; state: PeopleState } | null> {
  const held = await sql<HeldRow[]>`
    select id, role, disabled_at is not null as is_disabled from users
    where tenant_id = ${actor.tenantId} and erased_at is null
      and (role = 'owner' or id = ${actor.actorId} or id = ${personId})
    order by id for no key update`
  const person = held.find((row) => row.id === personId)
  return person === undefined ? null : { person, state: stateOf(held, actor, person) }
}

function stateOf(held: readonly HeldRow[], actor: PersonActor, person: HeldRow): PeopleState {
  const acting = held.find((row) => row.id === actor.actorId)
  return {
    actorRole: acting === undefined || acting.isDisabled ? null : acting.role,
    isSelf: person.id === actor.actorId,
    role: person.role,
    isDisabled: person.isDisabled,
    otherOwners: held.filter(
      (row) => row.role === "owner" && !row.isDisabled && row.id !== person.id,
    ).length,
  }
}

async function applyRole(
  sql: TransactionSql,
  actor: PersonActor,
  person: HeldRow,
  role: Role,
): Promise<void> {
  if (role === person.role) return
  await sql`
    update users set role = ${role}, updated_at = now()
    where id = ${person.id} and tenant_id = ${actor.tenantId}`
  await insertAudit(sql, actor, {
    id: newId(),
    action: "user.role_changed",
    ...target(person),
    detail: { from: person.role, to: role },
  })
  await revokeInvitationsTo(sql, actor, person.id)
  // Whoever holds such a link would come by the new role.
  await revokePasswordResets(sql, actor, person.id)
  if (role === "member") await revokeInvitationsOf(sql, actor, person.id)
}

/** Whoever is disabled is signed out everywhere, and whom they have invited cannot join any more. */
async function applyDisabling(
  sql: TransactionSql,
  actor: PersonActor,
  person: HeldRow,
  isDisabled: boolean,
): Promise<void> {
  if (isDisabled === person.isDisabled) return
  await sql`
    update users set disabled_at = case when ${isDisabled} then now() end, updated_at = now()
    where id = ${person.id} and tenant_id = ${actor.tenantId}`
  await insertAudit(sql, actor, {
    id: newId(),
    action: isDisabled ? "user.disabled" : "user.enabled",
    ...target(person),
  })
  if (!isDisabled) return
  await sql`
    update sessions set is_ended = true
    where ${isSessionOf(sql, { tenantId: actor.tenantId, userId: person.id })}`
  await revokeInvitationsOf(sql, actor, person.id)
  await revokePasswordResets(sql, actor, person.id)
}

function target(person: HeldRow) {
  return { targetKind: "user", targetId: person.id, subjectId: person.id }
}
