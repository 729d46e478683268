/** Every key and channel of ours in Redis. `prefix` keeps installations and tests apart. */
export interface RedisKeys {
  idempotency(conversationId: string, operation: string, key: string): string
  /** What a limit keeps about one subject; no part of it is text that somebody chose. */
  rate(policy: string, kind: string, id: string): string
  conversationChannel(conversationId: string): string
  /** Ids of conversations that may look different in a list. */
  changesChannel(): string
  /** Doorbell of the drivers: "a turn is queued", or "stop turn …". */
  driverChannel(): string
}

export function createRedisKeys(prefix = "studio"): RedisKeys {
  return {
    idempotency: (conversationId, operation, key) =>
      `${prefix}:idem:${conversationId}:${operation}:${key}`,
    rate: (policy, kind, id) => `${prefix}:rate:${policy}:${kind}:${id}`,
    conversationChannel: (conversationId) => `${prefix}:conversation:${conversationId}`,
    changesChannel: () => `${prefix}:changes`,
    driverChannel: () => `${prefix}:drivers`,
  }
}
