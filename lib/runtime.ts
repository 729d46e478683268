import type { Database } from "#db/client.ts"
import type { SignIn } from "#lib/auth/sign-in.ts"
import type { Clock } from "#lib/clock.ts"
import type { Env } from "#lib/env.ts"
import type { Log } from "#lib/log.ts"
import type { Models } from "#lib/models/step.ts"
import type { Bus } from "#lib/redis/bus.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"

/** Everything a process has: assembled once, passed in everywhere. */
export interface Runtime {
  env: Env
  log: Log
  clock: Clock
  /** Ordinary queries. */
  db: Database
  /** Submits: a pool of its own, so that nothing slow stands before them. */
  submitDb: Database
  bus: Bus
  keys: RedisKeys
  models: Models
  /** Accounts: e-mail, password and session cookies. */
  signIn: SignIn
  /** True from SIGTERM on: no new turns, readiness 503, streams end. */
  isDraining(): boolean
}
