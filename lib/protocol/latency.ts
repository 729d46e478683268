/**
 * Upper bounds, in milliseconds, of the latency histogram's buckets; the last bucket has none. Stored
 * counts go by position: bounds may be appended, never moved.
 */
export const latencyBoundsMs = [
  100, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 7_000, 10_000, 15_000, 20_000,
  30_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000, 600_000,
] as const

/** Adds counts bucket by bucket. */
export function addCounts(a: readonly number[], b: readonly number[]): number[] {
  return Array.from(
    { length: Math.max(a.length, b.length) },
    (_, index) => (a[index] ?? 0) + (b[index] ?? 0),
  )
}

/**
 * Estimates a quantile of the latencies by linear interpolation within its bucket.
 * @param share 0.5 for the median
 * @returns milliseconds; null without counts, and the last bound for anything beyond it
 */
export function quantileMs(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let below = 0
  for (const [index, count] of counts.entries()) {
    const upper = latencyBoundsMs[index]
    const lower = index === 0 ? 0 : (latencyBoundsMs[index - 1] ?? 0)
    if (upper === undefined) return lower
    if (count > 0 && below + count >= wanted) {
      return Math.round(lower + ((upper - lower) * (wanted - below)) / count)
    }
    below += count
  }
  return latencyBoundsMs.at(-1) ?? null
}
