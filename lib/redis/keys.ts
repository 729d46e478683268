/** All of our Redis keys and channels. `prefix` separates installations and tests. */
export interface RedisKeys {
  idempotency(conversationId: string, operation: string, key: string): string
  /** A limit's state for one subject; no part of the key is user input. */
  rate(policy: string, kind: string, id: string): string
  conversationChannel(conversationId: string): string
  /** Ids of conversations whose list entry may have changed. */
  changesChannel(): string
  /** Wakes drivers: "a turn is queued", or "stop turn …". */
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
