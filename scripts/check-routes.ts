import { routes } from "#lib/http/routes.ts"
import { readMatrix } from "#tests/integration/authorization/matrix.ts"
import { requests } from "#tests/integration/authorization/requests.ts"

/** Fails when an endpoint has no row in the authorization matrix, or a row has no endpoint. */
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
    ...rows
      .filter((row) => row.endpoint.includes("{") && row.another.includes("."))
      .map((row) => `${row.endpoint} names something: "another's" must say who gets it`),
  ]
  for (const fault of faults) console.error(fault)
  if (listed.length === 0) throw new Error("No route was found.")
  if (faults.length > 0) process.exit(1)
  console.log(`Authorization: ${listed.length} endpoints, each with its row.`)
}

function missing(names: readonly string[], from: readonly string[]): string[] {
  return names.filter((name) => !from.includes(name))
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) !== at)
}

checkRoutes()
