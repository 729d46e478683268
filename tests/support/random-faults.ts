import { setTimeout as sleep } from "node:timers/promises"

import type { Cluster, ServerProcess } from "./cluster.ts"
import type { PrivatePostgres } from "./private-postgres.ts"
import type { PrivateRedis } from "./private-redis.ts"
import { pick, type Random } from "./random.ts"
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts"

/** Server processes, each behind its own proxy to one PostgreSQL and one Redis. */
export interface FaultyInstallation {
  /** A running server, selected by an index of the caller. */
  serverOf(index: number): { url: string }
  /** Injects a fault, waits for its duration, and repairs it. @returns the fault's name */
  breakSomething(): Promise<string>
  /** Number of faults, by name. */
  readonly tally: ReadonlyMap<string, number>
  /** Requests and responses broken by proxies, over all servers. */
  broken(): { torn: number; delayed: number }
  /** Repairs everything and waits until every server runs. */
  heal(): Promise<void>
  logs(): string
  close(): Promise<void>
}

interface Machine {
  postgres: TcpProxy
  redis: TcpProxy
  process: ServerProcess
  /** A fault is active; no second one is injected. */
  isBroken: boolean
}

interface Parts {
  cluster: Cluster
  postgres: PrivatePostgres
  redis: PrivateRedis
  random: Random
  toolUrl: string
}

const machineCount = 2
/** Longer than an empty response, shorter than most with rows. */
const answerBytesMin = 150
const requestBytesMin = 200

export async function startFaultyInstallation(parts: Parts): Promise<FaultyInstallation> {
  const { cluster, random } = parts
  const logs: string[] = []
  const launch = (machine: Pick<Machine, "postgres" | "redis">) =>
    cluster.start({
      databaseUrl: machine.postgres.url,
      redisUrl: machine.redis.url,
      toolUrl: parts.toolUrl,
      leaseSeconds: 5,
    })
  const machines = await Promise.all(
    Array.from({ length: machineCount }, async (): Promise<Machine> => {
      const postgres = await startTcpProxy(parts.postgres.url)
      const redis = await startTcpProxy(parts.redis.url)
      const process = await launch({ postgres, redis })
      return { postgres, redis, process, isBroken: false }
    }),
  )
  const relaunch = async (machine: Machine) => {
    logs.push(machine.process.logs())
    // PostgreSQL may be down; retry like a supervisor would.
    for (let tries = 0; ; tries += 1) {
      try {
        machine.process = await launch(machine)
        return
      } catch (error) {
        if (tries === 10) throw error
        await sleep(500)
      }
    }
  }
  const seconds = (from: number, to: number) => (from + random() * (to - from)) * 1_000

  /** Faults of one machine. */
  const machineFaults: Record<string, (machine: Machine) => Promise<void>> = {
    "kill -9": async (machine) => {
      await machine.process.kill("SIGKILL")
      await sleep(seconds(0, 1))
      await relaunch(machine)
    },
    SIGTERM: async (machine) => {
      await machine.process.kill("SIGTERM")
      await relaunch(machine)
    },
    "SIGSTOP, SIGCONT": async (machine) => {
      machine.process.signal("SIGSTOP")
      await sleep(seconds(0.5, 9))
      machine.process.signal("SIGCONT")
    },
    "PostgreSQL cut": async ({ postgres }) => {
      postgres.cut()
      await sleep(seconds(0, 2))
      postgres.heal()
    },
    "PostgreSQL silent": async ({ postgres }) => {
      postgres.stall()
      await sleep(seconds(1, 5))
      postgres.heal()
    },
    "answer torn between rows": async ({ postgres }) => {
      for (let count = 0; count < 5; count += 1) {
        postgres.tearNextAnswer(answerBytesMin)
        await sleep(100)
      }
    },
    "request late": async ({ postgres }) => {
      for (let count = 0; count < 5; count += 1) {
        postgres.delayNextRequest(requestBytesMin, seconds(0.05, 0.6))
        await sleep(200)
      }
    },
    "Redis cut": async ({ redis }) => {
      redis.cut()
      await sleep(seconds(0, 3))
      redis.heal()
    },
    "Redis silent": async ({ redis }) => {
      redis.stall()
      await sleep(seconds(1, 4))
      redis.heal()
    },
  }
  /** Faults of the shared services. */
  const sharedFaults: Record<string, () => Promise<void>> = {
    "PostgreSQL killed": async () => {
      await parts.postgres.kill()
      await sleep(seconds(0, 1))
      await parts.postgres.restart()
    },
    "PostgreSQL ends connections": async () => {
      await cluster.db.$client`
        select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database()`
    },
    "Redis killed": async () => {
      await parts.redis.kill()
      await sleep(seconds(0, 2))
      await parts.redis.restart()
    },
    "Redis flushed": () => parts.redis.flush(),
    "Redis paused": async () => {
      parts.redis.pause()
      await sleep(seconds(1, 4))
      parts.redis.resume()
    },
  }
  const tally = new Map<string, number>()
  let isSharedBroken = false
  return {
    serverOf(index) {
      const up = machines.filter((machine) => !machine.process.isGone())
      return (up[index % up.length] ?? machines[0])?.process ?? { url: "http://127.0.0.1:9" }
    },
    async breakSomething() {
      const whole = machines.filter((machine) => !machine.isBroken)
      const names = [
        ...(whole.length === 0 ? [] : Object.keys(machineFaults)),
        ...(isSharedBroken ? [] : Object.keys(sharedFaults)),
      ]
      if (names.length === 0) return "nothing"
      const name = pick(random, names)
      tally.set(name, (tally.get(name) ?? 0) + 1)
      const shared = sharedFaults[name]
      if (shared !== undefined) {
        isSharedBroken = true
        await shared().finally(() => (isSharedBroken = false))
        return name
      }
      const machine = pick(random, whole)
      machine.isBroken = true
      await machineFaults[name]?.(machine).finally(() => (machine.isBroken = false))
      return name
    },
    tally,
    broken: () => ({
      torn: machines.reduce((sum, { postgres }) => sum + postgres.counts.torn, 0),
      delayed: machines.reduce((sum, { postgres }) => sum + postgres.counts.delayed, 0),
    }),
    async heal() {
      for (const machine of machines) {
        machine.postgres.heal()
        machine.redis.heal()
        if (machine.process.isGone()) await relaunch(machine)
      }
    },
    logs: () => [...logs, ...machines.map(({ process }) => process.logs())].join("\n"),
    async close() {
      await Promise.all(
        machines.flatMap(({ postgres, redis }) => [postgres.close(), redis.close()]),
      )
    },
  }
}
