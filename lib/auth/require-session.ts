import { AppError } from "#lib/errors.ts"

import type { Principal } from "./principal.ts"

/**
 * Restricts an action to sessions: a stolen token must not be able to lock its owner out.
 * @returns the id of the session
 * @throws AppError session_required
 */
export function requireSession({ credential }: Principal): string {
  if (credential.kind === "session") return credential.id
  throw new AppError("session_required", "This can only be done by a person who is signed in.")
}
