import {
  findTokenHolder,
  noteTokenUse,
  type TokenHolder,
  type TokenUse,
} from "#db/queries/token-holders.ts"
import type { Role } from "#lib/protocol/people.ts"
import { expandScopes, type Scope } from "#lib/protocol/scopes.ts"
import type { Runtime } from "#lib/runtime.ts"
import { checkToken, hashToken } from "#lib/tokens/token-format.ts"

import { toRole, type Principal } from "./principal.ts"

/**
 * A revocation must take effect within a second, yet submits must not query the database for their
 * caller.
 */
const cacheMs = 900
const cachedTokensMax = 10_000

interface CachedPrincipal {
  principal: Promise<Principal | null>
  untilMs: number
}

const cachesByRuntime = new WeakMap<Runtime, Map<string, CachedPrincipal>>()

/**
 * The principal of a personal access token, or null. A malformed token costs no query.
 * @param asAdmin bypasses the cache for an administrator
 */
export async function findTokenPrincipal(
  runtime: Runtime,
  token: string,
  use: TokenUse | null,
  asAdmin = false,
): Promise<Principal | null> {
  if (!checkToken(token)) return null
  const cache = cacheOf(runtime)
  const hash = hashToken(token)
  const key = hash.toString("base64")
  const known = cache.get(key)
  const now = performance.now()
  if (known !== undefined && known.untilMs > now) {
    const principal = await known.principal
    if (!asAdmin || principal?.scopes.has("admin") !== true) return principal
  }
  const holder = findTokenHolder(runtime.db, hash)
  const entry: CachedPrincipal = {
    principal: holder.then((found) => {
      entry.untilMs = Math.min(entry.untilMs, performance.now() + (found?.expiresInMs ?? Infinity))
      return toKnown(runtime, found, use)
    }),
    untilMs: now + cacheMs,
  }
  cache.delete(key)
  cache.set(key, entry)
  if (cache.size > cachedTokensMax) dropOldest(cache)
  return await keepWhileValid(cache, key, entry)
}

/** Evicts a token from this process's cache. */
export function forgetToken(runtime: Runtime, hash: Uint8Array): void {
  cachesByRuntime.get(runtime)?.delete(Buffer.from(hash).toString("base64"))
}

function cacheOf(runtime: Runtime): Map<string, CachedPrincipal> {
  const cache = cachesByRuntime.get(runtime) ?? new Map<string, CachedPrincipal>()
  cachesByRuntime.set(runtime, cache)
  return cache
}

/** Caches only successes: errors and unknown tokens are looked up again. */
async function keepWhileValid(
  cache: Map<string, CachedPrincipal>,
  key: string,
  entry: CachedPrincipal,
): Promise<Principal | null> {
  let principal: Principal | null = null
  try {
    principal = await entry.principal
  } finally {
    if (principal === null && cache.get(key) === entry) cache.delete(key)
  }
  return principal
}

function dropOldest(cache: Map<string, CachedPrincipal>): void {
  const [oldest] = cache.keys()
  if (oldest !== undefined) cache.delete(oldest)
}

function toKnown(
  runtime: Runtime,
  holder: TokenHolder | null,
  use: TokenUse | null,
): Principal | null {
  if (holder === null) return null
  const role = toRole(holder.role)
  if (role === null) return null
  if (holder.isUseStale && use !== null) {
    noteTokenUse(runtime.db, holder.tenantId, holder.tokenId, use).catch((error: unknown) =>
      runtime.log.warn({ err: error }, "could not record the last use of a token"),
    )
  }
  return toPrincipal(holder, role)
}

function toPrincipal(holder: TokenHolder, role: Role): Principal {
  return {
    tenantId: holder.tenantId,
    userId: holder.userId,
    name: holder.name,
    email: holder.email,
    role,
    scopes: scopesOfRole(role, expandScopes(holder.scopes)),
    credential: { kind: "token", id: holder.tokenId },
  }
}

/** A member's token never grants `admin`, regardless of its stored scopes. */
function scopesOfRole(role: Role, granted: ReadonlySet<Scope>): ReadonlySet<Scope> {
  if (role !== "member" || !granted.has("admin")) return granted
  return new Set([...granted].filter((scope) => scope !== "admin"))
}
