import { sql } from "#db/drizzle.ts"
import type * as conditions from "#db/in-tenant.ts"

type Conditions = typeof conditions

/** Which probes use a condition of the query builder, by where it stands: `db/queries/tokens.ts:40`. */
export const usedBy = new Map<string, Set<string>>()

/** The probe that runs, and the condition that is left out meanwhile. */
export const now: { probe: string; dropped: string | null } = { probe: "", dropped: null }

/** The conditions of db/in-tenant.ts, each noted by its place, and left out where it is to be. */
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

/** The first line of db/queries that has led here. */
function placeOfCaller(): string {
  const [, file, line] =
    /(db\/queries\/[\w-]+\.ts)[^:\n]*:(\d+)/.exec(new Error().stack ?? "") ?? []
  if (file === undefined) throw new Error("A condition on the tenant is used outside db/queries.")
  return `${file}:${line}`
}
