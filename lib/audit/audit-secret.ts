import { randomBytes } from "node:crypto"

import type { Database } from "#db/client.ts"
import { getOrSetFact } from "#db/queries/installation.ts"

export const auditSecretFact = "audit_secret"

const secrets = new WeakMap<Database, Promise<string>>()

/**
 * The secret that signs this installation's chain heads; resolved once per process.
 * @param configured `STUDIO_AUDIT_SECRET`; without it a generated one is kept in the database, next to
 * the heads it signs
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
