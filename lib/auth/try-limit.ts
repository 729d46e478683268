import { createHash } from "node:crypto"

import { countTry, forgetTries, uncountTry } from "#db/queries/tries.ts"
import { addressSite, addressSubject } from "#lib/addresses/address-subject.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { isKnownAddress } from "./known-addresses.ts"

type TryKind = "password" | "setup_code" | "invitation" | "password_reset"

interface Limit {
  name: Uint8Array
  max: number
  windowSeconds: number
}

const windowSeconds = 15 * 60
/** Per kind and name: enough for a forgetful person, too few to guess. */
const triesMax = 10
/** Per address over all accounts: enough for an office behind one address. */
const triesPerAddressMax = 100
/** Multiplier of both for an IPv6 /48, which may belong to one person or to a mobile carrier. */
const siteFactor = 4
/** Per account from all addresses; no person mistypes so often. */
const triesPerAccountMax = 100
const accountWindowSeconds = 60 * 60

/**
 * Counts an attempt before it is checked, so that parallel attempts count too, across all processes.
 * Failures from other addresses do not lock this one out.
 * @param kind the kind of attempt
 * @param name the account or subject of the attempt
 * @throws AppError rate_limited from the eleventh attempt in 15 minutes on
 */
export async function requireTry(
  runtime: Runtime,
  kind: TryKind,
  name: string,
  address: string | null,
): Promise<void> {
  for (const limit of limitsOf(kind, name, address)) {
    const { count, secondsLeft } = await countTry(runtime.db, limit.name, limit.windowSeconds)
    if (count > limit.max) throw tooMany(secondsLeft)
  }
}

/**
 * Forgives after a success: clears this name's failures from this address, and uncounts the attempt in
 * the shared limits, because many people may sign in from one address.
 */
export async function forgetFailures(
  runtime: Runtime,
  kind: TryKind,
  name: string,
  address: string | null,
): Promise<void> {
  const [own, ...shared] = limitsOf(kind, name, address)
  if (own !== undefined) await forgetTries(runtime.db, own.name)
  for (const limit of shared) await uncountTry(runtime.db, limit.name)
}

/**
 * Counts a password attempt at one account from any address. Over the limit, only addresses that have
 * signed in to it before may continue, each within its own limit.
 * @returns a function that undoes the count
 * @throws AppError rate_limited
 */
export async function requireAccountTry(
  runtime: Runtime,
  email: string,
  address: string | null,
): Promise<() => Promise<void>> {
  const name = nameOf("password", email, "everywhere")
  const { count, secondsLeft } = await countTry(runtime.db, name, accountWindowSeconds)
  if (count > triesPerAccountMax && !(await isKnownAddress(runtime, email, address))) {
    throw tooMany(secondsLeft, ", or from where you have signed in before")
  }
  return () => uncountTry(runtime.db, name)
}

/** The first limit is for the name from the address itself. */
function limitsOf(kind: TryKind, name: string, address: string | null): Limit[] {
  const subject = addressSubject(address ?? "")
  const own = { name: nameOf(kind, name, subject), max: triesMax, windowSeconds }
  if (address === null) return [own]
  const site = addressSite(address)
  return [
    own,
    { name: nameOf(kind, "*", subject), max: triesPerAddressMax, windowSeconds },
    ...(site === null
      ? []
      : [
          { name: nameOf(kind, name, site), max: triesMax * siteFactor, windowSeconds },
          { name: nameOf(kind, "*", site), max: triesPerAddressMax * siteFactor, windowSeconds },
        ]),
  ]
}

/** Hashed, because people sometimes type a password into the e-mail field. */
function nameOf(kind: string, name: string, from: string): Uint8Array {
  return createHash("sha256")
    .update(JSON.stringify([kind, name, from]))
    .digest()
}

function tooMany(secondsLeft: number, otherwise = ""): AppError {
  const seconds = Math.max(1, Math.ceil(secondsLeft))
  const minutes = Math.ceil(seconds / 60)
  return new AppError(
    "rate_limited",
    `Too many tries. Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}${otherwise}.`,
    { retryAfterSeconds: seconds },
  )
}
