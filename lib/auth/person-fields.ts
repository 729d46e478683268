import { invalidField } from "#lib/errors.ts"
import { emailAddress, personName } from "#lib/protocol/people.ts"

import { passwordLimits } from "./password-hash.ts"

/** @throws AppError invalid_field */
export function readName(text: string): string {
  const name = personName.safeParse(text)
  if (name.success) return name.data
  throw invalidField("name", "Say what to call you, in at most 100 characters.")
}

/** In lower case. @throws AppError invalid_field */
export function readEmail(text: string): string {
  const email = emailAddress.safeParse(text)
  if (email.success) return email.data
  throw invalidField("email", "That is not an e-mail address.")
}

/** @throws AppError invalid_field */
export function requireNewPassword(password: string, field = "password"): void {
  if (password.length < passwordLimits.charactersMin) {
    throw invalidField(field, "The password needs at least 8 characters.")
  }
  if (password.length > passwordLimits.charactersMax) {
    throw invalidField(field, "The password can have at most 256 characters.")
  }
}
