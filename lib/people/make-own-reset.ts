import type { Database } from "#db/client.ts"
import { findPersonByEmail } from "#db/queries/people.ts"

import { makeResetAs } from "./make-password-reset.ts"

/**
 * Makes a password reset link for operators with access to the machine.
 * @param email in lower case
 * @returns null when no account has that address
 * @throws AppError person_disabled
 */
export async function makeOwnReset(
  db: Database,
  email: string,
  origin: string,
): Promise<string | null> {
  const person = await findPersonByEmail(db, email)
  if (person === null) return null
  const installation = {
    tenantId: person.tenantId,
    actorId: null,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address: null,
  }
  return (await makeResetAs(db, installation, person.userId, origin)).url
}
