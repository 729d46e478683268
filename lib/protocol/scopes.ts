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

/** User-facing description of the rights each scope grants a token. */
export const scopeDescriptions: Readonly<Record<Scope, string>> = {
  "conversations:read": "List, read and follow your conversations.",
  "conversations:write": "Start conversations, send messages, stop turns, rename and delete.",
  "documents:read": "Read your documents.",
  "documents:write": "Upload, change and delete your documents.",
  "schedules:read": "See scheduled runs.",
  "schedules:write": "Create, change and delete scheduled runs.",
  "agents:read": "List agents and models.",
  "agents:write": "Create, change and disable agents.",
  "memory:read": "Read what agents remember.",
  "memory:write": "Change and delete what agents remember.",
  "billing:read": "See usage and cost.",
  admin:
    "Manage agents, people and the budget; read the audit log, usage and, with conversations:read, everyone's conversations.",
}

/** Tiers of older tokens: every scope but `admin`. */
export const legacyTiers = ["user", "integrator"] as const

const known = new Set<string>(scopes)
const tiers = new Set<string>(legacyTiers)
const everyNonAdminScope = scopes.filter((scope) => scope !== "admin")

/** Expands a stored list to the scopes it grants; retired names grant nothing. */
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

/** Whether a token may be minted with this name: a scope or a legacy tier. */
export function isMintable(name: string): boolean {
  return isScope(name) || tiers.has(name)
}
