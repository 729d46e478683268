import { startEmbeddedServices } from "#lib/embedded/start-embedded-services.ts"
import { createLog } from "#lib/log.ts"

/**
 * A separate program for tests: holds the embedded services of a folder like a server does, prints
 * their addresses, and stops on SIGTERM.
 */
const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error("usage: embedded-process.ts <data folder>")
const services = await startEmbeddedServices({
  dataDir,
  role: "server",
  log: createLog("silent"),
  progress: () => {},
})
const { databaseUrl, redisUrl } = services
process.stdout.write(`${JSON.stringify({ databaseUrl, redisUrl })}\n`)
process.once("SIGTERM", () => {
  void services.stop().then(() => process.exit(0))
})
setInterval(() => {}, 1_000)
