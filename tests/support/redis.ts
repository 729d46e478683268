import { randomBytes } from "node:crypto"

import { inject } from "vitest"

/** The run's redis-server and a prefix nobody else uses. */
export function testRedis(): { url: string; prefix: string } {
  return { url: inject("redisUrl"), prefix: `test-${randomBytes(6).toString("hex")}` }
}
