import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { Worker } from "node:worker_threads"

import type { SeenLatencies, WatchedPerson } from "./latency-worker.ts"
import { residentMb } from "./process-memory.ts"

export interface Watched<T> {
  result: T
  statuses: Set<number>
  requests: number
  p50Ms: number
  p99Ms: number
  /** Peak resident memory of the server. */
  peakMb: number
}

/** Runs something, and measures its effect on another person and on the server's memory. */
export async function measureImpact<T>(
  server: { pid: number },
  person: WatchedPerson,
  run: () => Promise<T>,
): Promise<Watched<T>> {
  // A separate thread, so that this one's own work does not distort the measurement.
  const worker = new Worker(new URL("latency-worker.ts", import.meta.url), { workerData: person })
  const seen = once(worker, "message")
  let peakMb = 0
  let isOver = false
  const measure = async () => {
    while (!isOver) {
      peakMb = Math.max(peakMb, residentMb(server.pid))
      await sleep(20)
    }
  }
  const measuring = measure()
  let result: T
  try {
    result = await run()
  } finally {
    isOver = true
    worker.postMessage("stop")
    await measuring
  }
  const [{ timesMs, statuses }] = (await seen) as [SeenLatencies]
  const sorted = timesMs.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0
  return {
    result,
    statuses: new Set(statuses),
    requests: sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    peakMb,
  }
}
