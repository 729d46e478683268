import type { Database } from "#db/client.ts"
import { getTokenLimit } from "#db/queries/budget.ts"
import { sumMonthTokens } from "#db/queries/usage.ts"

/** Lifetime of a cached result, so that submits need not query each time. */
const knownMs = 3_000
const tenantsMax = 10_000

interface Known {
  isSpent: Promise<boolean>
  untilMs: number
}

/**
 * Whether tenants have used up their monthly token budget. Running turns are never cut off, and turns
 * are charged when they end, so a tenant may exceed its limit by its turns in flight.
 */
export class BudgetGate {
  readonly #db: Database
  readonly #known = new Map<string, Known>()

  constructor(db: Database) {
    this.#db = db
  }

  async isSpent(tenantId: string): Promise<boolean> {
    const nowMs = performance.now()
    const known = this.#known.get(tenantId)
    if (known !== undefined && known.untilMs > nowMs) return await known.isSpent
    const entry = { isSpent: this.#look(tenantId), untilMs: nowMs + knownMs }
    this.#known.delete(tenantId)
    this.#known.set(tenantId, entry)
    if (this.#known.size > tenantsMax) this.#forgetOldest()
    try {
      return await entry.isSpent
    } catch (error) {
      // A failed lookup is not cached: the next submit queries again.
      this.forget(tenantId)
      throw error
    }
  }

  /** Evicts a tenant's cached result after its limit changed. */
  forget(tenantId: string): void {
    this.#known.delete(tenantId)
  }

  async #look(tenantId: string): Promise<boolean> {
    const limit = await getTokenLimit(this.#db, tenantId)
    return limit !== null && (await sumMonthTokens(this.#db, tenantId)) >= limit
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}
