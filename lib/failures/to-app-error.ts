import { AppError, isAppError, unavailable } from "#lib/errors.ts"

import { isOutage } from "./is-outage.ts"

/** Converts any thrown value to an error that can be shown; private details stay in its cause. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  if (isOutage(thrown)) {
    return unavailable("Something this needs is away for a moment. Try again.", thrown)
  }
  return new AppError("internal", "Something went wrong on our side.", { cause: thrown })
}
