import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { migrateDatabase } from "#db/migrate.ts"
import { seedInstallation } from "#lib/agents/seed.ts"
import { startEmbeddedServices } from "#lib/embedded/start-embedded-services.ts"
import { env } from "#lib/env.ts"
import { createLog } from "#lib/log.ts"

/**
 * Runs `work` on the installation's database, with or without a running server. Missing services
 * are started, migrated and seeded, and keep running for the next process.
 */
export async function withInstallation<T>(
  work: (db: Database) => Promise<T>,
  options: { statementTimeoutMs?: number } = {},
): Promise<T> {
  const { DATABASE_URL, STUDIO_DATA_DIR } = env()
  const services = await startEmbeddedServices({
    dataDir: STUDIO_DATA_DIR,
    databaseUrl: DATABASE_URL,
    redisUrl: "none",
    role: "script",
    log: createLog("warn", "studio-script"),
    progress: () => {},
  })
  try {
    await migrateDatabase(services.databaseUrl)
    const db = openDatabase({
      url: services.databaseUrl,
      connectionsMax: 2,
      name: "studio-script",
      ...options,
    })
    try {
      await seedInstallation(db)
      return await work(db)
    } finally {
      await closeDatabase(db)
    }
  } finally {
    await services.stop()
  }
}
