import { AppError } from "#lib/errors.ts"

export const accountDisabledWords =
  "Your account is disabled. Ask an administrator of this Studio to enable it."

/** Reveals that the account is disabled; only for callers with its password or an earlier session. */
export function accountDisabled(): AppError {
  return new AppError("account_disabled", accountDisabledWords)
}
