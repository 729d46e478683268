import { field } from "#lib/models/wire/json.ts"

/** Beyond a year it is no time that anybody would wait for, but a mistake. */
const waitMsMax = 366 * 24 * 3600 * 1000

/**
 * Milliseconds a server asks us to wait: `retry-after-ms`, `Retry-After` in seconds or as a date.
 * Digits and HTTP dates only; a time that has passed is 0.
 * @returns null when it names none, or something else
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const ms = digits(headers.get("retry-after-ms"))
  if (ms !== null) return Math.min(ms, waitMsMax)
  const value = headers.get("retry-after")?.trim() ?? ""
  const seconds = digits(value)
  if (seconds !== null) return Math.min(seconds * 1000, waitMsMax)
  if (!/^[A-Z][a-z]{2,8}, /.test(value)) return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - nowMs), waitMsMax)
}

function digits(value: string | null): number | null {
  return value !== null && /^\s*\d{1,15}(?:\.\d{1,9})?\s*$/.test(value) ? Number(value) : null
}

/** Some say it in the error: {"retry_after": 20}, in seconds. */
export function retryAfterInBody(body: unknown): number | null {
  const seconds = field(body, "retry_after") ?? field(field(body, "error"), "retry_after")
  return typeof seconds === "number" && seconds >= 0 && Number.isFinite(seconds)
    ? Math.min(seconds * 1000, waitMsMax)
    : null
}

/** When to try again, in words: "in a moment", "in 40 seconds", "in an hour". */
export function whenToTry(ms: number | null): string {
  if (ms === null || ms < 10_000) return "in a moment"
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 90) return `in ${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 50) return `in ${minutes} minutes`
  const hours = Math.ceil(minutes / 60)
  if (hours === 1) return "in an hour"
  return hours < 36 ? `in ${hours} hours` : `in ${Math.ceil(hours / 24)} days`
}
