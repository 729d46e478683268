import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { poolSizes } from "#db/connection-room.ts"
import { findReplayRows, type ReplayRequest } from "#db/queries/submit-keys.ts"
import { AuditSealer } from "#lib/audit/sealer.ts"
import { createSignIn, type SignIn } from "#lib/auth/sign-in.ts"
import { createBatcher } from "#lib/batching/batcher.ts"
import { BudgetGate } from "#lib/budget/budget-gate.ts"
import { systemClock, type Clock } from "#lib/clock.ts"
import { createStateSource } from "#lib/conversations/list-states.ts"
import { env, type Env } from "#lib/env.ts"
import { createFailpoint, type Failpoint } from "#lib/failures/failpoint.ts"
import { JournalWriter } from "#lib/journal/append-events.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import { ChangeFeed } from "#lib/live/change-feed.ts"
import { Hub } from "#lib/live/hub.ts"
import { createLog, type Log } from "#lib/log.ts"
import { createModels } from "#lib/models/providers/create-models.ts"
import type { AgentTool, Models } from "#lib/models/step.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"
import { TimeZones } from "#lib/people/time-zones.ts"
import { BodyBudget } from "#lib/rates/body-budget.ts"
import { RateLimiter } from "#lib/rates/rate-limiter.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { createRedisKeys, type RedisKeys } from "#lib/redis/keys.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"
import { createRedisBus } from "#lib/redis/redis-bus.ts"
import type { Doorbell, TurnDependencies } from "#lib/turns/dependencies.ts"
import { createDoorbell, listenToDoorbell } from "#lib/turns/drive/doorbell.ts"
import { Driver } from "#lib/turns/drive/driver.ts"
import { ContextSizes } from "#lib/turns/history/context-sizes.ts"
import { SubmitWriter } from "#lib/turns/submit/submit-writer.ts"
import { Housekeeping } from "#lib/turns/upkeep/housekeeping.ts"

/** Maximum duration of one attempt at a turn. */
const attemptMsMax = 10 * 60_000
/** Grace period for running turns when the process shuts down. */
const drainGraceMs = 20_000
const keysPerLookUpMax = 128

/** All dependencies of a process: assembled once, passed in everywhere. */
export interface Runtime extends TurnDependencies {
  env: Env
  log: Log
  clock: Clock
  /** Ordinary queries. */
  db: Database
  /** Submits: a separate pool, so that slow queries cannot delay them. */
  submitDb: Database
  bus: Bus
  keys: RedisKeys
  limiter: RateLimiter
  /** Memory budget for request bodies. */
  bodies: BodyBudget
  budgets: BudgetGate
  timeZones: TimeZones
  models: Models
  hub: Hub
  changes: ChangeFeed
  signIn: SignIn
  failpoint: Failpoint
  doorbell: Doorbell
  publish(batch: EventBatch): void
  lookAt(conversationId: string): void
  /** True from SIGTERM on: no new turns, readiness 503, streams end. */
  isDraining(): boolean
}

export interface StartedRuntime extends Runtime {
  /** Starts draining: claims no more turns and ends every open stream. */
  drain(): void
  /** Waits for running turns (grace period), hands the rest back, closes all connections. */
  stop(): Promise<void>
}

interface RuntimeOptions {
  databaseUrl: string
  /** Null = the bus stays inside this process. */
  redisUrl: string | null
  /** Maximum number of database connections; by default as many as are useful. */
  connectionsMax?: number
  /** `web` drives no turns. */
  role: Env["STUDIO_ROLE"]
  /** Replaces the process's own configuration; for tests. */
  env?: Env
  log?: Log
  models?: Models
  toolsFor?: (names: string[] | null) => AgentTool[]
  failpoint?: Failpoint
  attemptMsMax?: number
  bus?: Bus
  redisPrefix?: string
}

const slot = Symbol.for("studio.runtime")

/** One runtime per process, though Next bundles its own copy of this module. */
const shared = globalThis as { [slot]?: Promise<StartedRuntime> }

/**
 * The process's runtime. Plain `next start` starts none: then it is assembled from the environment and
 * drives no turns.
 * @throws Error when nothing was started and there is no DATABASE_URL
 */
export async function getRuntime(): Promise<Runtime> {
  shared[slot] ??= startFromEnvironment()
  return await shared[slot]
}

/** Starts the runtime that `getRuntime` returns in this process. */
export async function startRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
  shared[slot] = assembleRuntime(options)
  return await shared[slot]
}

async function startFromEnvironment(): Promise<StartedRuntime> {
  const { DATABASE_URL, REDIS_URL } = env()
  if (DATABASE_URL === undefined) {
    throw new Error("Set DATABASE_URL, or start the Studio with `npm start`.")
  }
  return await assembleRuntime({
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL ?? null,
    role: "web",
  })
}

/** Assembles a runtime without installing it for the process; tests run several side by side. */
export async function assembleRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
  const parts = await connect(options)
  const { bus, keys, hub, db, log } = parts
  const driver = options.role === "web" ? null : createDriver(parts, options)
  const { models } = parts
  const publish = (batch: EventBatch) => hub.publish(batch)
  const titles = parts.env.STUDIO_TITLES === "on" ? { db, models, log, publish } : null
  const doorbell = createDoorbell({ bus, keys, driver })
  const lookAt = (conversationId: string) => hub.nudge(conversationId)
  const housekeeping = new Housekeeping(db, log, titles, { db, log, doorbell, lookAt })
  const sealer = new AuditSealer(db, log, parts.env.STUDIO_AUDIT_SECRET)
  const silence = driver === null ? () => {} : listenToDoorbell({ bus, keys, driver })
  let driverStopped: Promise<void> | undefined
  let isDraining = false
  const drain = () => {
    isDraining = true
    hub.drain()
    driverStopped ??= driver?.stop(drainGraceMs)
  }
  hub.start()
  if (driver !== null) {
    await driver.start()
    housekeeping.start()
    sealer.start()
  }
  return {
    ...parts,
    clock: systemClock,
    doorbell,
    publish,
    lookAt,
    isDraining: () => isDraining,
    drain,
    async stop() {
      drain()
      silence()
      await driverStopped
      await Promise.all([housekeeping.stop(), sealer.stop()])
      await parts.writer.idle()
      await parts.close()
    },
  }
}

type Parts = Awaited<ReturnType<typeof connect>>

/** Pools, bus, hub, journal writer, models: shared by web and driver processes. */
async function connect(options: RuntimeOptions) {
  const configuration = options.env ?? env()
  const log = options.log ?? createLog(configuration.LOG_LEVEL)
  const { databaseUrl: url, redisUrl } = options
  const { ordinary, submits } = poolSizes(options.connectionsMax)
  const db = openDatabase({ url, connectionsMax: ordinary, name: "studio" })
  const submitDb = openDatabase({
    url,
    connectionsMax: submits,
    name: "studio-submit",
    genericPlans: true,
  })
  const appendDb = openDatabase({
    url,
    connectionsMax: 1,
    name: "studio-append",
    genericPlans: true,
  })
  const bus = options.bus ?? openBus(redisUrl, log)
  const keys = createRedisKeys(options.redisPrefix)
  const changes = new ChangeFeed({ source: createStateSource(db), bus, keys, log })
  const hub = new Hub({ db, bus, keys, log, changes })
  return {
    env: configuration,
    log,
    db,
    submitDb,
    submits: new SubmitWriter(submitDb),
    lookUpKey: createBatcher(
      (requests: readonly ReplayRequest[]) => findReplayRows(submitDb, requests),
      keysPerLookUpMax,
    ),
    bus,
    keys,
    budgets: new BudgetGate(db),
    fileBytesMax: configuration.STUDIO_FILE_GIB_PER_TENANT * 1024 ** 3,
    bodies: new BodyBudget(),
    timeZones: new TimeZones(db, log),
    limiter: new RateLimiter({ bus, keys, log, env: configuration }),
    hub,
    changes,
    writer: new JournalWriter({
      db: appendDb,
      log,
      outageMs: configuration.STUDIO_LEASE_SECONDS * 1_000,
      onCommitted: (batch) => hub.publish(batch),
    }),
    models: options.models ?? createModels(configuration, { log }),
    failpoint: options.failpoint ?? createFailpoint(configuration.STUDIO_FAILPOINTS),
    signIn: createSignIn({ db, env: configuration, log }),
    close: async () => {
      await bus.close()
      await Promise.all([db, submitDb, appendDb].map((pool) => closeDatabase(pool)))
    },
  }
}

function openBus(redisUrl: string | null, log: Log): Bus {
  return redisUrl === null ? createMemoryBus() : createRedisBus({ url: redisUrl, log })
}

function createDriver(parts: Parts, options: RuntimeOptions): Driver {
  const { db, writer, models, log, failpoint, hub } = parts
  return new Driver({
    db,
    writer,
    models,
    contextSizes: new ContextSizes(),
    toolsFor: options.toolsFor ?? toolsFor,
    log,
    failpoint,
    publish: (batch) => hub.publish(batch),
    databaseUrl: options.databaseUrl,
    leaseSeconds: parts.env.STUDIO_LEASE_SECONDS,
    attemptMsMax: options.attemptMsMax ?? attemptMsMax,
    turnsMax: parts.env.STUDIO_TURNS_PER_PROCESS,
  })
}
