import { listSignInAddresses } from "#db/queries/sessions.ts"
import { addressSubject } from "#lib/addresses/address-subject.ts"
import type { Runtime } from "#lib/runtime.ts"

/** Queried only while an account is being guessed, and then often. */
const cacheMs = 30_000
const accountsMax = 1_000

interface Known {
  subjects: Promise<ReadonlySet<string>>
  untilMs: number
}

const cachesByRuntime = new WeakMap<Runtime["db"], Map<string, Known>>()

/** Whether an account has been signed in to from an address, or its /64, before. */
export async function isKnownAddress(
  runtime: Runtime,
  email: string,
  address: string | null,
): Promise<boolean> {
  if (address === null) return false
  const cache = cachesByRuntime.get(runtime.db) ?? new Map<string, Known>()
  cachesByRuntime.set(runtime.db, cache)
  const now = performance.now()
  let known = cache.get(email)
  if (known === undefined || known.untilMs <= now) {
    known = { subjects: readSubjects(runtime, email), untilMs: now + cacheMs }
    cache.delete(email)
    cache.set(email, known)
    const [oldest] = cache.keys()
    if (cache.size > accountsMax && oldest !== undefined) cache.delete(oldest)
  }
  try {
    return (await known.subjects).has(addressSubject(address))
  } catch (error) {
    cache.delete(email)
    throw error
  }
}

/** Drops the cache after a successful sign-in. */
export function forgetKnownAddresses(runtime: Runtime, email: string): void {
  cachesByRuntime.get(runtime.db)?.delete(email)
}

async function readSubjects(runtime: Runtime, email: string): Promise<ReadonlySet<string>> {
  const addresses = await listSignInAddresses(runtime.db, email)
  return new Set(addresses.map((address) => addressSubject(address)))
}
