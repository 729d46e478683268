import {
  findPasswordReset as findRow,
  usePasswordReset,
  type FoundReset,
} from "#db/queries/use-password-reset.ts"
import {
  addressOf,
  answerAccount,
  readJsonObject,
  requireOwnPage,
  textField,
} from "#lib/auth/account-request.ts"
import { signInAfterwards } from "#lib/auth/answer-sign-in.ts"
import { requireNewPassword } from "#lib/auth/person-fields.ts"
import { forgetFailures, requireTry } from "#lib/auth/try-limit.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { canBeUsed } from "./judge-reset.ts"
import { hashLinkSecret, isLinkSecret } from "./link-secret.ts"

/** What the secret of a link leads to, or null when nobody has made it. */
export async function findPasswordReset(
  runtime: Runtime,
  secret: string,
): Promise<FoundReset | null> {
  return isLinkSecret(secret) ? await findRow(runtime.db, hashLinkSecret(secret)) : null
}

/**
 * Answers `POST /api/reset {secret, password}`: sets the password, ends the person's sessions and
 * signs them in. Without the secret of an open link nothing is hashed.
 */
export async function answerPasswordReset(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    requireOwnPage(runtime, request.headers)
    const body = await readJsonObject(request)
    const address = addressOf(request)
    const reset = await findPasswordReset(runtime, textField(body, "secret"))
    if (reset === null) await requireTry(runtime, "password_reset", "", address)
    if (reset?.state !== "open") throw resetOver()
    await requireTry(runtime, "password_reset", reset.id, address)
    const password = textField(body, "password")
    requireNewPassword(password)
    const passwordHash = await runtime.signIn.hashPassword(password)
    const next = { passwordHash, address }
    if (!(await usePasswordReset(runtime.db, reset.id, next, canBeUsed))) throw resetOver()
    // Whoever comes by a link has often tried too many passwords before.
    await forgetFailures(runtime, "password", reset.email, address)
    return await signInAfterwards(runtime, request, { email: reset.email, password })
  })
}

function resetOver(): AppError {
  return new AppError(
    "reset_over",
    "This link can no longer be used. Ask an administrator for a new one.",
  )
}
