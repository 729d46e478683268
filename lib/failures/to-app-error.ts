import { AppError, isAppError, unavailable } from "#lib/errors.ts"

import { isOutage } from "./is-outage.ts"

/** Makes any thrown value one that can be shown; what was private stays in its cause. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  if (isOutage(thrown)) {
    return unavailable("Something this needs is away for a moment. Try again.", thrown)
  }
  return new AppError("internal", "Something went wrong on our side.", { cause: thrown })
}
