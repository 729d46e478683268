import { createHash } from "node:crypto"

import type { Redis } from "ioredis"

import type { Log } from "#lib/log.ts"

import type { Bus } from "./bus.ts"
import { RedisConnection } from "./connection.ts"
import { Publisher } from "./publisher.ts"
import { RedisHealth } from "./redis-health.ts"
import { Subscriber } from "./subscriber.ts"
import { readTaken, scriptArguments, takeScript } from "./take-script.ts"

/** Keeps claims within the contract's 300 ms. */
const commandTimeoutMs = 280

/** Compare-and-delete, atomically. A key of another type is an error and stays. */
const releaseScript =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

/**
 * Exercises everything the Studio needs of Redis: keys that a cluster would put on different nodes,
 * scripts, hints.
 */
const probeScript =
  "redis.call('set', KEYS[1], '', 'PX', 5000) redis.call('set', KEYS[2], '', 'PX', 5000) return redis.call('publish', KEYS[1], '')"

const takeScriptHash = createHash("sha1").update(takeScript).digest("hex")

/** A bus over one Redis, shared by all processes that know its URL. */
export function createRedisBus(options: { url: string; log: Log }): Bus {
  const { url, log } = options
  const recovered = new Set<() => void>()
  const tellRecovered = () => recovered.forEach((listener) => listener())
  let wasAway = false
  const health = new RedisHealth(log)
  const commands = new RedisConnection({
    url,
    name: "studio-commands",
    health,
    probe: (redis) => redis.eval(probeScript, 2, "studio:probe:1", "studio:probe:2"),
    commandTimeoutMs,
    onUp: () => {
      if (wasAway) tellRecovered()
      wasAway = false
    },
    onDown: () => (wasAway = true),
  })
  const subscriber = new Subscriber({ url, log, health, onRecovered: tellRecovered })
  const publisher = new Publisher(commands, log)
  const tryQuietly = async (name: string, work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      log.debug({ err: error }, `Redis did not ${name}`)
    }
  }
  return {
    kind: "redis",
    isHealthy: () => commands.isUp() && subscriber.isUp(),
    claim: (key, value, ttlSeconds) =>
      commands.run((redis) => redis.set(key, value, "EX", ttlSeconds, "NX", "GET")),
    async take(rates, claim) {
      const { keys, values } = scriptArguments(rates, claim ?? null)
      return readTaken(await commands.run((redis) => runTakeScript(redis, keys, values)))
    },
    release: (key, value) =>
      tryQuietly("release", () =>
        commands.run((redis) => redis.eval(releaseScript, 1, key, value)),
      ),
    publish: (channel, message) => publisher.publish(channel, message),
    subscribe: (channel, listener) => subscriber.subscribe(channel, listener),
    onRecovered(listener) {
      recovered.add(listener)
      return () => recovered.delete(listener)
    },
    async close() {
      await publisher.flush()
      recovered.clear()
      subscriber.close()
      commands.close()
    },
  }
}

/** Runs the script by its hash; a freshly started Redis does not have it yet. */
async function runTakeScript(
  redis: Redis,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(takeScriptHash, keys.length, ...keys, ...values)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error
    return await redis.eval(takeScript, keys.length, ...keys, ...values)
  }
}
