import type { Database } from "#db/client.ts"
import { changePerson as changeRow, type PersonActor } from "#db/queries/change-person.ts"
import { unauthorized } from "#lib/auth/credential.ts"
import { AppError, notFound } from "#lib/errors.ts"
import type { Role } from "#lib/protocol/people.ts"

import { judgeChange } from "./judge-change.ts"

/**
 * Changes a person's role, or whether they may sign in.
 * @throws AppError not_found, own_account, owner_required, last_owner; unauthorized when the actor
 * is no administrator any more
 */
export async function changePerson(
  db: Database,
  actor: PersonActor,
  personId: string,
  change: { role?: Role | undefined; isDisabled?: boolean | undefined },
): Promise<void> {
  const refusal = await changeRow(db, actor, personId, change, (state) =>
    judgeChange(state, change),
  )
  switch (refusal) {
    case null:
      return
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
