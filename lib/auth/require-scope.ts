import { AppError } from "#lib/errors.ts"
import type { Scope } from "#lib/protocol/scopes.ts"

import type { Principal } from "./principal.ts"

/** @throws AppError missing_scope, naming it */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return
  throw new AppError("missing_scope", `This needs the scope ${scope}.`)
}
