import { AppError } from "#lib/errors.ts"

import type { Principal } from "./principal.ts"

/**
 * What only a person does, never a token of theirs: a stolen one must not lock its owner out.
 * @returns the id of the session
 * @throws AppError session_required
 */
export function requireSession({ credential }: Principal): string {
  if (credential.kind === "session") return credential.id
  throw new AppError("session_required", "This can only be done by a person who is signed in.")
}
