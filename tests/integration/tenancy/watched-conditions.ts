import { sql } from "#db/drizzle.ts"
import type * as conditions from "#db/in-tenant.ts"

type Conditions = typeof conditions

/** The probes that use a query-builder condition, by its location: `db/queries/tokens.ts:40`. */
export const usedBy = new Map<string, Set<string>>()

/** The running probe, and the condition omitted meanwhile. */
export const now: { probe: string; dropped: string | null } = { probe: "", dropped: null }

/**
 * The conditions of db/in-tenant.ts: each use is recorded by location, and omitted when it is the
 * dropped one.
 */
export function watchConditions({ inTenant, isTenant, sameTenant }: Conditions): Conditions {
  return {
    inTenant: (table, tenantId) => watched(inTenant(table, tenantId)),
    isTenant: (tenantId) => watched(isTenant(tenantId)),
    sameTenant: (one, other) => watched(sameTenant(one, other)),
  }
}

function watched(condition: ReturnType<Conditions["inTenant"]>) {
  const place = placeOfCaller()
  usedBy.set(place, (usedBy.get(place) ?? new Set()).add(now.probe))
  return place === now.dropped ? sql`true` : condition
}

/** The first stack frame in db/queries. */
function placeOfCaller(): string {
  const [, file, line] =
    /(db\/queries\/[\w-]+\.ts)[^:\n]*:(\d+)/.exec(new Error().stack ?? "") ?? []
  if (file === undefined) throw new Error("A condition on the tenant is used outside db/queries.")
  return `${file}:${line}`
}
