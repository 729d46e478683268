import { randomBytes } from "node:crypto"

import type { Database } from "#db/client.ts"
import { getOrSetFact } from "#db/queries/installation.ts"

export const auditSecretFact = "audit_secret"

const secrets = new WeakMap<Database, Promise<string>>()

/**
 * By what the heads of this installation's chains are signed; asked for once a process.
 * @param configured `STUDIO_AUDIT_SECRET`; without it one is made once and kept in the database,
 * beside what it signs
 */
export async function getAuditSecret(
  db: Database,
  configured: string | undefined,
): Promise<string> {
  if (configured !== undefined) return configured
  const known = secrets.get(db)
  if (known !== undefined) return await known
  const asked = getOrSetFact(db, auditSecretFact, randomBytes(32).toString("base64url"))
  secrets.set(db, asked)
  try {
    return await asked
  } catch (error) {
    secrets.delete(db)
    throw error
  }
}
