import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { holdDriverLock, takeDriverNumber } from "#db/queries/drivers.ts"

/**
 * A driver's number, and the connection whose advisory lock says that it lives. A connection that is
 * lost costs the driver nothing if it takes its lock again before another driver looks.
 */
export class DriverIdentity {
  readonly id: number
  readonly #db: Database

  private constructor(db: Database, id: number) {
    this.#db = db
    this.id = id
  }

  /** @param onLost the lock's connection is gone: take it again, soon */
  static async take(databaseUrl: string, onLost: () => void): Promise<DriverIdentity> {
    const db = openDatabase({
      url: databaseUrl,
      connectionsMax: 1,
      name: "studio-driver",
      isLongLived: true,
      onClose: onLost,
    })
    try {
      return new DriverIdentity(db, await takeDriverNumber(db))
    } catch (error) {
      await closeDatabase(db, 0)
      throw error
    }
  }

  /**
   * Ensures that this driver holds its advisory lock, reconnecting if necessary. A session of this
   * driver that PostgreSQL still considers alive counts as holding it.
   * @returns `taken_again` when the lock was lost since the last call
   * @throws when PostgreSQL is unreachable
   */
  async hold(): Promise<"held" | "taken_again"> {
    return (await holdDriverLock(this.#db, this.id)) ? "held" : "taken_again"
  }

  async close(): Promise<void> {
    await closeDatabase(this.#db, 1)
  }
}
