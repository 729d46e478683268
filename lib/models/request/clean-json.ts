import type { JSONValue } from "@ai-sdk/provider"

/** Deeper values are cut: vendors refuse them, and writing them as JSON could overflow the stack. */
const depthMax = 60

/** Text that every vendor's parser takes: no half surrogate pair, no NUL. */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole
}

/** Converts a value to JSON with clean texts; values that JSON cannot express become null. */
export function cleanJson(value: unknown, depth = 0): JSONValue {
  if (typeof value === "string") return cleanText(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : null
  if (typeof value === "boolean") return value
  if (typeof value === "bigint") return value.toString()
  if (typeof value !== "object" || value === null) return null
  if (depth >= depthMax) return "(too deep)"
  if (Array.isArray(value)) return value.map((inner) => cleanJson(inner, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key), cleanJson(inner, depth + 1)]),
  )
}
