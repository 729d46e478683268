const firstMs = Date.parse("0001-01-01T00:00:00Z")
const lastMs = Date.parse("9999-12-31T23:59:59.999Z")

/**
 * Whether a moment is one that RFC 3339, JavaScript and Postgres all can write: of the years 1 to 9999.
 * @param ms since 1970; NaN is none
 */
export function isStorableTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= firstMs && ms <= lastMs
}

/** The nearest such moment. */
export function toStorableTime(ms: number): number {
  return Math.min(lastMs, Math.max(firstMs, ms))
}
