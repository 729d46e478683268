import type { Database } from "#db/client.ts"
import { listUnsealedTenants, sealRecords, type AuditHead } from "#db/queries/audit-chain.ts"
import type { Log } from "#lib/log.ts"
import { repeat } from "#lib/timing/repeat.ts"

import { getAuditSecret } from "./audit-secret.ts"
import { isOwnHead, sealRows } from "./chain.ts"

/** Seals every record within a second. */
const sealMs = 400
const tenantsPerRound = 100
const rowsPerBatch = 500
const anchorMs = 60 * 60 * 1_000

/**
 * Appends the records of all tenants to their chains. Each process with a driver runs one; of several
 * that wake at once, one seals. Once an hour it also logs each chain's head, because an attacker who
 * changes the database cannot change past logs.
 */
export class AuditSealer {
  readonly #db: Database
  readonly #log: Log
  readonly #configured: string | undefined
  readonly #stop = new AbortController()
  readonly #anchoredMs = new Map<string, number>()
  #work: Promise<void> | null = null

  /** @param configured `STUDIO_AUDIT_SECRET` */
  constructor(db: Database, log: Log, configured: string | undefined) {
    this.#db = db
    this.#log = log
    this.#configured = configured
  }

  start(): void {
    this.#work = repeat(
      sealMs,
      this.#stop.signal,
      () => this.sealAll(),
      (error) => this.#log.warn({ err: error }, "could not seal audit records; retrying"),
    )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#work
  }

  /** Seals all pending records. */
  async sealAll(): Promise<void> {
    const tenants = await listUnsealedTenants(this.#db, tenantsPerRound)
    for (const tenantId of tenants) {
      while (!this.#stop.signal.aborted && (await this.#sealBatch(tenantId)) === rowsPerBatch) {
        // A full batch may not have been the last one.
      }
    }
  }

  async #sealBatch(tenantId: string): Promise<number> {
    const secret = await getAuditSecret(this.#db, this.#configured)
    const sealed = await sealRecords(this.#db, tenantId, rowsPerBatch, (head, rows) => {
      // Continuing from a foreign head would legitimize a forged chain.
      if (head !== null && !isOwnHead(secret, tenantId, head)) {
        this.#log.error(
          { tenant: tenantId },
          "the audit chain's head is not ours: nothing is sealed (if STUDIO_AUDIT_SECRET has just been set or changed, run `npm run audit:resign`)",
        )
        return null
      }
      return sealRows(secret, tenantId, head, rows)
    })
    // Only after the commit: the log must never name a head the chain does not have.
    if (sealed.head !== null) this.#anchor(tenantId, sealed.head)
    return sealed.count
  }

  #anchor(tenantId: string, head: AuditHead): void {
    const now = performance.now()
    if (now - (this.#anchoredMs.get(tenantId) ?? -Infinity) < anchorMs) return
    this.#anchoredMs.set(tenantId, now)
    const { seq, hash } = head
    this.#log.info({ tenant: tenantId, seq, hash: hash.toString("hex") }, "audit chain")
  }
}
