import { randomBytes } from "node:crypto"

import { inject } from "vitest"

/** The run's redis-server with a unique key prefix. */
export function testRedis(): { url: string; prefix: string } {
  return { url: inject("redisUrl"), prefix: `test-${randomBytes(6).toString("hex")}` }
}
