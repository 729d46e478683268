import type { Log } from "#lib/log.ts"

import type { Bus } from "./bus.ts"
import { RedisConnection } from "./connection.ts"
import { Publisher } from "./publisher.ts"
import { Subscriber } from "./subscriber.ts"

/** Claims answer within 300 ms or fail. */
const commandTimeoutMs = 280

/** Compare and delete, in one step. A key of another type is an error, and stays. */
const releaseScript =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

/** The wire over one Redis, shared by all processes that know its URL. */
export function createRedisBus(options: { url: string; log: Log }): Bus {
  const { url, log } = options
  const recovered = new Set<() => void>()
  const tellRecovered = () => recovered.forEach((listener) => listener())
  let wasAway = false
  const commands = new RedisConnection({
    url,
    name: "studio-commands",
    log,
    commandTimeoutMs,
    onUp: () => {
      if (wasAway) tellRecovered()
      wasAway = false
    },
    onDown: () => (wasAway = true),
  })
  const subscriber = new Subscriber({ url, log, onRecovered: tellRecovered })
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
    store: (key, value, ttlSeconds) => publisher.store(key, value, ttlSeconds),
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
