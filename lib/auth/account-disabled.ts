import { AppError } from "#lib/errors.ts"

export const accountDisabledWords =
  "Your account is disabled. Ask an administrator of this Studio to enable it."

/** Said only to somebody who has the password, or a session from before. */
export function accountDisabled(): AppError {
  return new AppError("account_disabled", accountDisabledWords)
}
