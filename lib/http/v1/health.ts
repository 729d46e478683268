import { ask } from "#db/connection-room.ts"
import { isMigrated } from "#db/migrate.ts"
import { health, readiness } from "#lib/protocol/health.ts"
import type { Runtime } from "#lib/runtime.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

import { jsonReply, type Reply } from "../reply.ts"
import { publicRoute } from "../route.ts"

const databaseLimitMs = 1_500

export const healthz = publicRoute({
  method: "GET",
  path: "/healthz",
  summary: "Liveness of the process",
  replies: { 200: { description: "Alive.", shape: health } },
  async run({ call: { mount }, runtime }) {
    return jsonReply(200, { status: "ok", mount, role: runtime.env.STUDIO_ROLE })
  },
})

export const readyz = publicRoute({
  method: "GET",
  path: "/readyz",
  summary: "Readiness of the process",
  replies: {
    200: {
      description: "Ready; `degraded` lists optional dependencies that are down.",
      shape: readiness,
    },
    503: { description: "Not ready, or draining.", shape: readiness },
  },
  run: ({ runtime }) => readyReply(runtime),
})

async function readyReply(runtime: Runtime): Promise<Reply> {
  if (runtime.isDraining()) return notReady("draining")
  if (!(await isDatabaseReady(runtime))) return notReady("unavailable")
  const degraded = runtime.bus.isHealthy() ? {} : { degraded: ["redis"] }
  return jsonReply(200, { status: "ready", ...degraded })
}

function notReady(status: "draining" | "unavailable"): Reply {
  const reply = jsonReply(503, { status })
  return { ...reply, headers: { ...reply.headers, "Retry-After": "1" } }
}

/**
 * Submits have a separate pool, which starves first when the database role reaches its connection
 * limit.
 */
async function isDatabaseReady(runtime: Runtime): Promise<boolean> {
  try {
    const isSubmitting = runtime.env.STUDIO_ROLE !== "driver"
    const ready = Promise.all([
      isMigrated(runtime.db),
      ...(isSubmitting ? [ask(runtime.submitDb)] : []),
    ])
    return (await withDeadline(ready, databaseLimitMs))[0]
  } catch (error) {
    runtime.log.warn({ err: error }, "not ready: the database does not answer")
    return false
  }
}
