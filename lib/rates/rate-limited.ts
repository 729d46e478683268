import { AppError } from "#lib/errors.ts"

import type { RateNotice } from "./rate-limiter.ts"

/**
 * The rate-limit headers for the limit closest to exhaustion.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateHeaders(notice: RateNotice | null): Record<string, string> {
  if (notice === null) return {}
  const { policy, remaining, resetSeconds } = notice
  return {
    "RateLimit-Policy": `"${policy.name}";q=${policy.max};w=${policy.seconds}`,
    RateLimit: `"${policy.name}";r=${remaining};t=${resetSeconds}`,
  }
}

export function rateLimited(notice: RateNotice | null): AppError {
  const waitSeconds = Math.max(1, notice?.waitSeconds ?? 1)
  return new AppError("rate_limited", `Too many requests. Try again in ${waitSeconds} s.`, {
    retryAfterSeconds: waitSeconds,
    headers: rateHeaders(notice),
  })
}
