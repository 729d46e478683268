import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { Redis } from "ioredis"
import { expect, test } from "vitest"

import { findFreePort } from "#lib/embedded/free-port.ts"
import type { Log } from "#lib/log.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { createRedisBus } from "#lib/redis/redis-bus.ts"
import { certificate, certificateKey } from "#tests/support/certificate.ts"
import { startRedis } from "#tests/support/private-redis.ts"
import { waitFor } from "#tests/support/wait-for.ts"

/** Captures entries at "warn" and "info". */
function listen(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const log = {
    warn: ({ cause }: { cause: string }, words: string) => lines.push(`${words}: ${cause}`),
    info: (words: string) => lines.push(words),
    debug: () => {},
    error: (_facts: object, words: string) => lines.push(words),
  }
  return { log: log as unknown as Log, lines }
}

interface Refusal {
  settings?: readonly string[]
  login?: string
  path?: string
  cause: RegExp
  /** Runs before the bus connects. */
  prepare?(admin: Redis): Promise<unknown>
  /** Ends the refusal; absent when only a restart of Redis or another address does. */
  mend?(admin: Redis): Promise<unknown>
}

const refusals: Record<string, Refusal> = {
  "a wrong password": {
    login: ":wrong@",
    prepare: (admin) => admin.config("SET", "requirepass", "right"),
    cause: /WRONGPASS/,
    mend: (admin) => admin.config("SET", "requirepass", "wrong"),
  },
  "a password that is not given": {
    prepare: (admin) => admin.config("SET", "requirepass", "right"),
    cause: /NOAUTH/,
    mend: (admin) => admin.config("SET", "requirepass", ""),
  },
  "a user who may not publish": {
    login: "reader:pw@",
    prepare: (admin) =>
      admin.acl("SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all", "-publish"),
    cause: /can't run this command|NOPERM|permissions/i,
    mend: (admin) => admin.acl("SETUSER", "reader", "+publish"),
  },
  "a database that is not there": { path: "/99", cause: /DB index is out of range/ },
  "a replica that takes no writes": {
    settings: ["--replicaof", "127.0.0.1 1"],
    cause: /READONLY/,
    mend: (admin) => admin.replicaof("NO", "ONE"),
  },
  "a cluster without slots": {
    settings: ["--cluster-enabled", "yes"],
    cause: /CLUSTERDOWN|CROSSSLOT/,
  },
  "a full one": {
    settings: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"],
    cause: /OOM/,
    mend: (admin) => admin.config("SET", "maxmemory", "0"),
  },
  "one that cannot save": {
    settings: ["--enable-protected-configs", "yes"],
    prepare: async (admin) => {
      await admin.config("SET", "save", "1 1", "dir", "/proc")
      await admin.set("x", "y")
      await admin.bgsave()
      await waitFor(async () => (await admin.info()).includes("rdb_last_bgsave_status:err"))
    },
    cause: /MISCONF/,
    mend: (admin) => admin.config("SET", "stop-writes-on-bgsave-error", "no"),
  },
}

test.each(Object.entries(refusals))(
  "%s: the cause is logged once, the bus counts as down, and its recovery is detected",
  async (_name, refusal) => {
    const redis = await startRedis(refusal.settings)
    const admin = new Redis(redis.url)
    const { log, lines } = listen()
    let bus: Bus | undefined
    try {
      await refusal.prepare?.(admin)
      const url = redis.url.replace("//", `//${refusal.login ?? ""}`) + (refusal.path ?? "")
      bus = createRedisBus({ url, log })
      const claim = bus.claim.bind(bus)
      await waitFor(() => lines.length > 0)
      expect(lines[0]).toMatch(refusal.cause)
      expect(bus.isHealthy()).toBe(false)
      // The failure is known by now: no claim waits for it, and nothing more is logged.
      for (let tries = 0; tries < 3; tries++) {
        await expect(claim("key", "a", 60)).rejects.toThrow(/away/)
      }
      expect(lines).toHaveLength(1)
      if (refusal.mend === undefined) return
      await refusal.mend(admin)
      await waitFor(() => bus?.isHealthy() === true, { timeoutMs: 20_000 })
      expect(await claim("key", "b", 60)).toBeNull()
      expect(lines.slice(1)).toEqual(["Redis is back"])
    } finally {
      await bus?.close()
      admin.disconnect()
      await redis.stop()
    }
  },
)

test("an untrusted certificate is reported, for both connections", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-redis-tls-"))
  const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
  await writeFile(cert, certificate)
  await writeFile(key, certificateKey)
  const port = await findFreePort()
  const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"]
  const redis = await startRedis(["--tls-port", String(port), ...files])
  const { log, lines } = listen()
  const bus = createRedisBus({ url: `rediss://127.0.0.1:${port}`, log })
  try {
    await waitFor(() => lines.length > 0)
    expect(lines).toEqual([expect.stringMatching(/self-signed certificate/)])
    expect(bus.isHealthy()).toBe(false)
  } finally {
    await bus.close()
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

test("a Redis that runs out of memory fails one command and counts as down from then on", async () => {
  const redis = await startRedis()
  const admin = new Redis(redis.url)
  const { log, lines } = listen()
  const bus = createRedisBus({ url: redis.url, log })
  try {
    await waitFor(() => bus.isHealthy())
    await admin.config("SET", "maxmemory", "1")
    await expect(bus.claim("key", "a", 60)).rejects.toThrow(/OOM/)
    expect(bus.isHealthy()).toBe(false)
    await expect(bus.claim("key", "a", 60)).rejects.toThrow(/away/)
    await admin.config("SET", "maxmemory", "0")
    await waitFor(() => bus.isHealthy(), { timeoutMs: 20_000 })
    expect(lines).toEqual([expect.stringMatching(/OOM/), "Redis is back"])
  } finally {
    await bus.close()
    admin.disconnect()
    await redis.stop()
  }
})
