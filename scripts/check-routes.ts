import { routes } from "#lib/http/routes.ts"
import { readMatrix, type Row } from "#tests/integration/authorization/matrix.ts"
import { requests } from "#tests/integration/authorization/requests.ts"

/**
 * Fails when an endpoint has no row in the authorization matrix, a row has no endpoint, or the two
 * name different scopes or callers.
 */
function checkRoutes(): void {
  const listed = routes.map((route) => `${route.method} ${route.path}`)
  const rows = readMatrix()
  const ruled = rows.map((row) => row.endpoint)
  const faults = [
    ...missing(listed, ruled).map((name) => `${name} has no row in docs/authorization.md`),
    ...missing(ruled, listed).map((name) => `${name} has a row, but is no route`),
    ...repeated(ruled).map((name) => `${name} has two rows`),
    ...missing(listed, [...requests.keys()]).map(
      (name) => `${name} has no request in tests/integration/authorization/requests.ts`,
    ),
    ...rows.flatMap((row) => disagreements(row)),
    ...rows
      .filter((row) => row.endpoint.includes("{") && row.another.includes("."))
      .map((row) => `${row.endpoint} names something: "another's" must say who gets it`),
  ]
  for (const fault of faults) console.error(fault)
  if (listed.length === 0) throw new Error("No route was found.")
  if (faults.length > 0) process.exit(1)
  console.log(`Authorization: ${listed.length} endpoints, each with its row.`)
}

/** Where a row and its route ask for different things. */
function disagreements({ endpoint, caller, role, ...row }: Row): string[] {
  const scope = row.isGranted ? null : row.scope
  const route = routes.find(({ method, path }) => `${method} ${path}` === endpoint)
  if (route === undefined) return []
  const isPublic = caller === "own_page" || caller === "anyone"
  return [
    ...(route.scope === scope ? [] : [`needs the scope ${route.scope}, its row says ${scope}`]),
    ...(route.caller === caller ? [] : [`takes ${route.caller}, its row says ${caller}`]),
    ...(isPublic === (role === null) ? [] : ["asks for a role without a credential"]),
    ...(scope === "admin" && role === "member" ? ["lets members have the scope admin"] : []),
    ...(scope !== "admin" && role === "admin" ? ["needs no scope of administrators"] : []),
  ].map((fault) => `${endpoint} ${fault}`)
}

function missing(names: readonly string[], from: readonly string[]): string[] {
  return names.filter((name) => !from.includes(name))
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at)
}

checkRoutes()
