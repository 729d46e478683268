import { globSync, readFileSync } from "node:fs"
import path from "node:path"

import { expect, test } from "vitest"

import { routes } from "#lib/http/routes.ts"

const app = path.join(import.meta.dirname, "../../../app")

/** The route files that export handlers of the wire contract, with their methods. */
function mountedInNext(): string[] {
  return globSync("**/route.ts", { cwd: app })
    .map((file) => ({ file, source: readFileSync(path.join(app, file), "utf8") }))
    .filter(({ source }) => source.includes("#lib/http/handle-request.ts"))
    .flatMap(({ file, source }) => {
      const address = `/${path.dirname(file)}`.replaceAll(/\[(\w+)\]/g, "{$1}")
      return [...source.matchAll(/handleRequest as (\w+)/g)].map(
        ([, method]) => `${method} ${address}`,
      )
    })
}

test("the Next mount and the route list contain the same endpoints", () => {
  const listed = routes.map((route) => `${route.method} ${route.path}`)
  expect(mountedInNext().toSorted()).toEqual(listed.toSorted())
})

test("nothing under app/v1 handles requests itself", () => {
  for (const file of globSync("v1/**/*", { cwd: app, withFileTypes: true })) {
    if (!file.isFile()) continue
    const source = readFileSync(path.join(file.parentPath, file.name), "utf8")
    expect(source).toMatch(/^export \{[^{}]*\} from "#lib\/http\/handle-request\.ts"\n$/)
  }
})
