import type { Bus } from "./bus.ts"
import { takeFrom } from "./gcra.ts"
import { MemoryArrivals } from "./memory-arrivals.ts"

const claimsMax = 100_000

interface Listener {
  hear(message: string): void
}

interface Entry {
  value: string
  expiresAt: number
}

/** An in-process bus for a machine without Redis; other processes receive nothing. */
export function createMemoryBus(now: () => number = Date.now): Bus {
  const entries = new Map<string, Entry>()
  const arrivals = new MemoryArrivals()
  const channels = new Map<string, Set<Listener>>()

  const find = (key: string): string | null => {
    const entry = entries.get(key)
    if (entry === undefined || entry.expiresAt <= now()) return null
    return entry.value
  }
  const put = (key: string, value: string, ttlSeconds: number) => {
    entries.delete(key)
    if (entries.size >= claimsMax) makeRoom(entries, now())
    entries.set(key, { value, expiresAt: now() + ttlSeconds * 1_000 })
  }

  return {
    kind: "memory",
    isHealthy: () => true,
    async claim(key, value, ttlSeconds) {
      const held = find(key)
      if (held === null) put(key, value, ttlSeconds)
      return held
    },
    async take(rates, claim) {
      const held = claim === undefined ? null : find(claim.key)
      if (held !== null) return held
      const taken = takeFrom(arrivals, rates, Math.floor(now() * 1_000))
      if (claim !== undefined && taken.isAllowed) put(claim.key, claim.value, claim.ttlSeconds)
      return taken
    },
    async release(key, value) {
      if (find(key) === value) entries.delete(key)
    },
    ...createMemoryChannels(channels),
    onRecovered: () => () => {},
    async close() {
      entries.clear()
      arrivals.clear()
      channels.clear()
    },
  }
}

function createMemoryChannels(
  channels: Map<string, Set<Listener>>,
): Pick<Bus, "publish" | "subscribe"> {
  return {
    publish(channel, message) {
      for (const listener of channels.get(channel) ?? []) {
        // Asynchronous, as with Redis: listeners never run inside the publisher's stack.
        setImmediate(() => {
          if (channels.get(channel)?.has(listener)) listener.hear(message)
        })
      }
    },
    subscribe(channel, listener) {
      const own = { hear: listener }
      const listeners = channels.get(channel) ?? new Set()
      listeners.add(own)
      channels.set(channel, listeners)
      return {
        ready: Promise.resolve(),
        close: () => {
          listeners.delete(own)
          if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel)
        },
      }
    },
  }
}

/** Evicts a tenth at once, expired entries first and then the oldest, so that evictions are rare. */
function makeRoom(entries: Map<string, Entry>, now: number): void {
  for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key)
  for (const key of entries.keys()) {
    if (entries.size <= claimsMax * 0.9) return
    entries.delete(key)
  }
}
