import { createHash } from "node:crypto"

import { countTry, forgetTries, uncountTry } from "#db/queries/tries.ts"
import { addressSubject } from "#lib/address-subject.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

type TryKind = "password" | "setup_code" | "invitation" | "password_reset"

const windowSeconds = 15 * 60
/** Of one kind of try under one name: a forgetful person gets in, a guesser does not. */
const triesMax = 10
/** Of all accounts together from one address: an office behind one address still gets in. */
const triesPerAddressMax = 100

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
  const tries = [
    { name: nameOf(kind, name, address), max: triesMax },
    ...(address === null ? [] : [{ name: nameOf(kind, "*", address), max: triesPerAddressMax }]),
  ]
  for (const { name: hash, max } of tries) {
    const { count, secondsLeft } = await countTry(runtime.db, hash, windowSeconds)
    if (count > max) throw tooMany(secondsLeft)
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
  await forgetTries(runtime.db, nameOf(kind, name, address))
  if (address !== null) await uncountTry(runtime.db, nameOf(kind, "*", address))
}

/** Hashed: a field for an address of mail may be given a password by mistake. */
function nameOf(kind: string, name: string, address: string | null): Uint8Array {
  return createHash("sha256")
    .update(JSON.stringify([kind, name, addressSubject(address ?? "")]))
    .digest()
}

function tooMany(secondsLeft: number): AppError {
  const seconds = Math.max(1, Math.ceil(secondsLeft))
  const minutes = Math.ceil(seconds / 60)
  return new AppError(
    "rate_limited",
    `Too many tries. Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
    { retryAfterSeconds: seconds },
  )
}
