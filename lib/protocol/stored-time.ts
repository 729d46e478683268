const firstMs = Date.parse("0001-01-01T00:00:00Z")
const lastMs = Date.parse("9999-12-31T23:59:59.999Z")

/**
 * Whether RFC 3339, JavaScript and Postgres can all represent a moment: the years 1 to 9999.
 * @param ms Unix milliseconds; NaN is not a moment
 */
export function isStorableTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= firstMs && ms <= lastMs
}

/** Clamps a moment to that range. */
export function toStorableTime(ms: number): number {
  return Math.min(lastMs, Math.max(firstMs, ms))
}
