import { changePerson as changeRow } from "#db/queries/change-person.ts"
import { findPerson } from "#db/queries/people.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import type { PersonItem, Role } from "#lib/protocol/people.ts"

import { judgeChange } from "./judge-change.ts"
import { toPersonItem } from "./list-people.ts"

interface PersonChange {
  personId: string
  /** Absent = unchanged. */
  role?: Role | undefined
  isDisabled?: boolean | undefined
}

/**
 * Changes a person's role or disabled state and records it.
 * @returns the person's new state
 * @throws AppError not_found, own_account, owner_required, last_owner; unauthorized when the actor has
 * lost the administrator role
 */
export async function changePerson(
  context: VerbContext,
  principal: Principal,
  { personId, ...change }: PersonChange,
): Promise<PersonItem> {
  const { db } = context
  const actor = actorOf(context, principal)
  const refusal = await changeRow(db, actor, personId, change, (state) =>
    judgeChange(state, change),
  )
  switch (refusal) {
    case null: {
      const person = await findPerson(db, principal.tenantId, personId)
      if (person === null) throw notFound()
      return toPersonItem(person)
    }
    case "missing":
      throw notFound()
    case "gone":
      throw unauthorized()
    case "own_account":
      throw new AppError("own_account", "Nobody changes their own role or disables themselves.")
    case "owner_required":
      throw ownerRequired()
    case "last_owner":
      throw new AppError("last_owner", "The last owner stays: make somebody else an owner first.")
  }
}

export function ownerRequired(): AppError {
  return new AppError("owner_required", "Only an owner may do this to administrators and owners.")
}
