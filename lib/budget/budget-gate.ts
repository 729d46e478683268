import type { Database } from "#db/client.ts"
import { getTokenLimit } from "#db/queries/budget.ts"
import { sumMonthTokens } from "#db/queries/usage.ts"

/** What is known of a tenant is believed this long, so that submits need not ask each time. */
const knownMs = 3_000
const tenantsMax = 10_000

interface Known {
  isSpent: Promise<boolean>
  untilMs: number
}

/**
 * Whether tenants have used up the tokens of their month. What runs is not cut, and turns are counted
 * when they end, so a tenant may go over its limit by what it has under way.
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
      // Nothing is known: the next one asks again.
      this.forget(tenantId)
      throw error
    }
  }

  /** The limit has changed: this process looks anew. */
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
