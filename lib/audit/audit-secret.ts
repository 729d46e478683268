import { randomBytes } from "node:crypto"

import type { Database } from "#db/client.ts"
import { getOrSetFact } from "#db/queries/installation.ts"

const secrets = new WeakMap<Database, Promise<string>>()

/** By what the heads of this installation's chains are signed; asked for once a process. */
export async function getAuditSecret(db: Database): Promise<string> {
  const known = secrets.get(db)
  if (known !== undefined) return await known
  const asked = getOrSetFact(db, "audit_secret", randomBytes(32).toString("base64url"))
  secrets.set(db, asked)
  try {
    return await asked
  } catch (error) {
    secrets.delete(db)
    throw error
  }
}
