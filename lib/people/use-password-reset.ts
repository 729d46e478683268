import {
  findPasswordReset as findRow,
  usePasswordReset as useRow,
  type FoundReset,
} from "#db/queries/password-resets.ts"
import { signInAfterwards } from "#lib/auth/password-sign-in.ts"
import { requireNewPassword } from "#lib/auth/person-fields.ts"
import { forgetFailures, requireTry } from "#lib/auth/try-limit.ts"
import type { Visitor } from "#lib/auth/visitor.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { canBeUsed } from "./judge-reset.ts"
import { hashLinkSecret, isLinkSecret } from "./link-secret.ts"

/** Resolves a link's secret, or null when it is unknown. */
export async function findPasswordReset(
  runtime: Runtime,
  secret: string,
): Promise<FoundReset | null> {
  return isLinkSecret(secret) ? await findRow(runtime.db, hashLinkSecret(secret)) : null
}

/**
 * Sets the password of a link's person, ends their sessions and signs them in. Without the secret of an
 * open link no password is hashed.
 * @returns the cookies to set
 * @throws AppError reset_over, rate_limited, invalid_field
 */
export async function usePasswordReset(
  runtime: Runtime,
  visitor: Visitor,
  { secret, password }: { secret: string; password: string },
): Promise<string[]> {
  const { address } = visitor
  const reset = await findPasswordReset(runtime, secret)
  if (reset === null) await requireTry(runtime, "password_reset", "", address)
  if (reset?.state !== "open") throw resetOver()
  await requireTry(runtime, "password_reset", reset.id, address)
  requireNewPassword(password)
  const next = { passwordHash: await runtime.signIn.hashPassword(password), address }
  if (!(await useRow(runtime.db, reset.id, next, canBeUsed))) throw resetOver()
  // People who need a link have often used up their password attempts.
  await forgetFailures(runtime, "password", reset.email, address)
  return await signInAfterwards(runtime, visitor, { email: reset.email, password })
}

function resetOver(): AppError {
  return new AppError(
    "reset_over",
    "This link can no longer be used. Ask an administrator for a new one.",
  )
}
