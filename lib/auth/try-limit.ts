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
/** Of one kind of try under one name: a forgetful person gets in, a guesser does not. */
const triesMax = 10
/** Of all accounts together from one address: an office behind one address still gets in. */
const triesPerAddressMax = 100
/** Of both from an IPv6 /48, which may be one person's or a mobile carrier's. */
const siteFactor = 4
/** Of one account from everywhere; nobody mistypes so often. */
const triesPerAccountMax = 100
const accountWindowSeconds = 60 * 60

/**
 * Counts a try before it is looked at, so that tries sent at once count too, in all processes
 * together. Whoever fails elsewhere does not lock this address out.
 * @param kind what is tried
 * @param name whose it is
 * @throws AppError rate_limited from the eleventh try in 15 minutes on
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
 * It was the right one: earlier failures of this name from here count no more, and it was no try at
 * an account from this address, where many may sign in.
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
 * Counts a try at the password of one account from anywhere. When there have been too many of them,
 * only addresses that have signed in to it before may go on trying, each within its own limit.
 * @returns what takes the try back
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

/** The first is that of the name from the address itself. */
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

/** Hashed: a field for an address of mail may be given a password by mistake. */
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
