import { scopes, type Scope } from "#lib/protocol/scopes.ts"

import type { Route } from "./route.ts"

/** The scopes that some endpoint requires, in canonical order. The others grant nothing yet. */
export function honouredScopes(routes: readonly Pick<Route, "scope">[]): Scope[] {
  const asked = new Set(routes.map(({ scope }) => scope))
  return scopes.filter((scope) => asked.has(scope))
}
