import {
  acceptInvitation as acceptRow,
  findInvitation as findRow,
  type FoundInvitation,
} from "#db/queries/accept-invitation.ts"
import { signInAfterwards } from "#lib/auth/password-sign-in.ts"
import { readName, requireNewPassword } from "#lib/auth/person-fields.ts"
import { requireTry } from "#lib/auth/try-limit.ts"
import type { Visitor } from "#lib/auth/visitor.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { canBeAccepted } from "./judge-invitation.ts"
import { hashLinkSecret, isLinkSecret } from "./link-secret.ts"

/** Resolves a link's secret, or null when it is unknown. */
export async function findInvitation(
  runtime: Runtime,
  secret: string,
): Promise<FoundInvitation | null> {
  if (!isLinkSecret(secret)) return null
  return await findRow(runtime.db, hashLinkSecret(secret))
}

/**
 * Creates the invited person and signs them in. Without the secret of an open invitation no password is
 * hashed and no account is revealed.
 * @returns the cookies to set
 * @throws AppError invitation_over, rate_limited, invalid_field, address_taken
 */
export async function acceptInvitation(
  runtime: Runtime,
  visitor: Visitor,
  { secret, password, ...input }: { secret: string; name: string; password: string },
): Promise<string[]> {
  const { address } = visitor
  const invitation = await findInvitation(runtime, secret)
  if (invitation === null) await requireTry(runtime, "invitation", "", address)
  if (invitation?.state !== "open") throw invitationOver()
  await requireTry(runtime, "invitation", invitation.id, address)
  const name = readName(input.name)
  requireNewPassword(password)
  const member = { name, passwordHash: await runtime.signIn.hashPassword(password), address }
  const accepted = await acceptRow(runtime.db, invitation.id, member, canBeAccepted)
  if (accepted === "over") throw invitationOver()
  if (accepted === "taken") throw addressTaken()
  return await signInAfterwards(runtime, visitor, { email: invitation.email, password })
}

function invitationOver(): AppError {
  return new AppError(
    "invitation_over",
    "This invitation can no longer be used. Ask for a new one.",
  )
}

/** Revealed only to holders of an open link for that very address. */
function addressTaken(): AppError {
  return new AppError(
    "address_taken",
    "No account can be made for this address. Ask for an invitation to another one.",
  )
}
