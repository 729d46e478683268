import type { Log } from "#lib/log.ts"

import type { PostgresHome } from "./postgres-home.ts"
import { ensurePostgres, findPostgres } from "./postgres.ts"
import { ensureRedis, findRedis } from "./redis.ts"
import { withStartLock } from "./start-lock.ts"

interface WatchOptions {
  log: Log
  lockFile: string
  postgres: PostgresHome | null
  redisFolder: string | null
}

const everyMs = 500
const afterFailureMs = 5_000

/** Restarts an embedded service on its old port when it dies under a running server. */
export function watchServices(options: WatchOptions): { stop(): Promise<void> } {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  const schedule = (ms: number) => {
    if (isStopped) return
    timer = setTimeout(() => {
      round = look()
    }, ms).unref()
  }
  const look = async () => {
    try {
      await reviveDead(options, () => isStopped)
      schedule(everyMs)
    } catch (error) {
      options.log.error({ err: error }, "could not restart an embedded service")
      schedule(afterFailureMs)
    }
  }
  schedule(everyMs)
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await round
    },
  }
}

async function reviveDead(options: WatchOptions, isStopped: () => boolean): Promise<void> {
  const { postgres, redisFolder, lockFile, log } = options
  const isPostgresDead = postgres !== null && (await findPostgres(postgres)) === null
  const isRedisDead = redisFolder !== null && (await findRedis(redisFolder)) === null
  if (!isPostgresDead && !isRedisDead) return
  await withStartLock(lockFile, async () => {
    if (isStopped()) return
    if (isPostgresDead && postgres !== null) {
      const { outcome, port } = await ensurePostgres(postgres)
      log.warn({ outcome, port }, "the embedded PostgreSQL had died and was restarted")
    }
    if (isRedisDead && redisFolder !== null) {
      const redis = await ensureRedis(redisFolder)
      log.warn({ outcome: redis?.outcome, port: redis?.port }, "the embedded Redis had died")
    }
  })
}
