export const scopes = [
  "conversations:read",
  "conversations:write",
  "documents:read",
  "documents:write",
  "schedules:read",
  "schedules:write",
  "agents:read",
  "agents:write",
  "memory:read",
  "memory:write",
  "billing:read",
  "admin",
] as const

export type Scope = (typeof scopes)[number]

/** Tiers of older tokens: every scope but `admin`. */
export const legacyTiers = ["user", "integrator"] as const

const known = new Set<string>(scopes)
const tiers = new Set<string>(legacyTiers)
const everyNonAdminScope = scopes.filter((scope) => scope !== "admin")

/** The scopes a stored list grants; names nobody knows any more grant nothing. */
export function expandScopes(stored: readonly string[]): ReadonlySet<Scope> {
  const granted = new Set<Scope>()
  for (const name of stored) {
    if (tiers.has(name)) for (const scope of everyNonAdminScope) granted.add(scope)
    else if (isScope(name)) granted.add(name)
  }
  return granted
}

export function isScope(name: string): name is Scope {
  return known.has(name)
}

/** May be asked for when minting: a scope or a legacy tier. */
export function isMintable(name: string): boolean {
  return isScope(name) || tiers.has(name)
}
