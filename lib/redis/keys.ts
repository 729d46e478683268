/** Every key and channel of ours in Redis. `prefix` keeps installations and tests apart. */
export interface RedisKeys {
  idempotency(conversationId: string, operation: string, key: string): string
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
    conversationChannel: (conversationId) => `${prefix}:conversation:${conversationId}`,
    changesChannel: () => `${prefix}:changes`,
    driverChannel: () => `${prefix}:drivers`,
  }
}
