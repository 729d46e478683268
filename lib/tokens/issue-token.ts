import type { Database } from "#db/client.ts"
import { ensureUser } from "#db/queries/ensure-user.ts"
import { deleteExpiredTokens, insertToken } from "#db/queries/tokens.ts"
import { invalidField } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import { emailAddress } from "#lib/protocol/people.ts"
import { isMintable } from "#lib/protocol/scopes.ts"

import { hashToken, mintToken, startOf } from "./token-format.ts"

export interface TokenOrder {
  email: string
  /** Display name for a newly created person; defaults to the part before the @. */
  personName?: string
  /** The token's name. */
  name: string
  /** Makes the person an admin, and grants `admin`. */
  isAdmin: boolean
  /** Default: every scope but `admin`. */
  scopes?: readonly string[]
  /** Default: none. */
  expiresInSeconds?: number
}

/**
 * Issues a token for an operator-supplied address, creating the person if missing. For operators with
 * database access, not for requests.
 * @returns the plain-text token; it cannot be read again
 */
export async function issueToken(db: Database, order: TokenOrder): Promise<string> {
  const address = emailAddress.safeParse(order.email)
  if (!address.success) throw invalidField("email", "That is no e-mail address.")
  const email = address.data
  if (order.name.trim() === "") throw invalidField("name", "A token needs a name.")
  const scopes = scopesOf(order)
  const owner = await ensureUser(db, {
    id: newId(),
    email,
    name: order.personName ?? email.slice(0, email.indexOf("@")),
    isAdmin: order.isAdmin,
  })
  if (owner === null) throw invalidField("email", `${email} is disabled.`)
  if (scopes.includes("admin") && owner.role === "member") {
    throw invalidField(
      "scopes",
      `The scope admin needs an admin: add --admin to make ${email} one.`,
    )
  }
  await deleteExpiredTokens(db, owner, order.name)
  const text = mintToken()
  await insertToken(db, {
    id: newId(),
    tenantId: owner.tenantId,
    userId: owner.userId,
    name: order.name,
    hash: hashToken(text),
    start: startOf(text),
    scopes,
    expiresInSeconds: order.expiresInSeconds ?? null,
  })
  return text
}

function scopesOf({ scopes, isAdmin }: TokenOrder): string[] {
  const wanted = scopes ?? (isAdmin ? ["user", "admin"] : ["user"])
  const unknown = wanted.find((scope) => !isMintable(scope))
  if (unknown !== undefined) throw invalidField("scopes", `There is no scope ${unknown}.`)
  if (wanted.length === 0) throw invalidField("scopes", "A token needs a scope.")
  return [...new Set(wanted)]
}
