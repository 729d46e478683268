import type { Bus } from "./bus.ts"

/** Claims held at most; the oldest go first. Losing one only sends the caller to Postgres. */
const claimsMax = 100_000

interface Held {
  value: string
  expiresAtMs: number
}

/** The wire within one process, for an installation without Redis. */
export function createMemoryBus(): Bus {
  const held = new Map<string, Held>()
  const listeners = new Map<string, Set<(message: string) => void>>()

  const read = (key: string): string | null => {
    const entry = held.get(key)
    if (entry === undefined) return null
    if (entry.expiresAtMs > performance.now()) return entry.value
    held.delete(key)
    return null
  }
  const write = (key: string, value: string, ttlSeconds: number) => {
    held.delete(key)
    held.set(key, { value, expiresAtMs: performance.now() + ttlSeconds * 1_000 })
    if (held.size > claimsMax) {
      const [oldest] = held.keys()
      if (oldest !== undefined) held.delete(oldest)
    }
  }

  return {
    kind: "memory",
    isHealthy: () => true,
    async claim(key, value, ttlSeconds) {
      const before = read(key)
      if (before === null) write(key, value, ttlSeconds)
      return before
    },
    async store(key, value, ttlSeconds) {
      write(key, value, ttlSeconds)
    },
    async release(key, value) {
      if (read(key) === value) held.delete(key)
    },
    publish(channel, message) {
      const targets = listeners.get(channel)
      if (targets === undefined) return
      // As over a real wire, nobody hears a message before its sender goes on.
      queueMicrotask(() => {
        for (const listener of targets) listener(message)
      })
    },
    subscribe(channel, listener) {
      const targets = listeners.get(channel) ?? new Set()
      listeners.set(channel, targets)
      const own = (message: string) => listener(message)
      targets.add(own)
      return {
        ready: Promise.resolve(),
        close() {
          targets.delete(own)
          if (targets.size === 0 && listeners.get(channel) === targets) listeners.delete(channel)
        },
      }
    },
    onRecovered: () => () => {},
    async close() {
      listeners.clear()
      held.clear()
    },
  }
}
