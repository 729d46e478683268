import { eq, type PgColumn, type SQL } from "./drizzle.ts"
import { tenants } from "./schema/people.ts"

/** A table, or an alias of one, whose rows are a tenant's. */
interface Owned {
  tenantId: PgColumn
}

/**
 * Keeps a statement of the query builder to rows of one tenant. `check:tenancy` counts these three,
 * and tests/integration/tenancy leaves out one at a time.
 */
export function inTenant(table: Owned, tenantId: string): SQL {
  return eq(table.tenantId, tenantId)
}

/** The same for the table of tenants. */
export function isTenant(tenantId: string): SQL {
  return eq(tenants.id, tenantId)
}

/** Keeps a join to rows of one tenant. */
export function sameTenant(one: Owned, other: Owned): SQL {
  return eq(one.tenantId, other.tenantId)
}
