import addFormats from "ajv-formats"
import { Ajv2020 } from "ajv/dist/2020.js"
import { expect, test } from "vitest"

import type { Content, OpenApiDocument } from "#lib/http/openapi-document.ts"
import { createOpenApi } from "#lib/http/openapi.ts"
import { routes } from "#lib/http/routes.ts"

const document = JSON.parse(JSON.stringify(createOpenApi(routes))) as OpenApiDocument
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => ({ path, operation })),
)

test("describes every route under a unique operation id", () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  expect(operations).toHaveLength(routes.length)
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length)
})

test("declares exactly the parameters of each path", () => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = operation.parameters.filter((parameter) => parameter.in === "path")
    expect(declared.map((parameter) => parameter.name)).toEqual(inPath)
    expect(declared.every((parameter) => parameter.required)).toBe(true)
  }
})

test("every reference resolves and every response has a description", () => {
  const text = JSON.stringify(document)
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas).toHaveProperty(name ?? "")
  }
  expect(text).not.toContain('"$ref":"#/$defs')
  for (const { operation } of operations) {
    expect(Object.keys(operation.responses).length).toBeGreaterThan(0)
    for (const response of Object.values(operation.responses))
      expect(response.description).toBeTruthy()
  }
})

test("guarded routes declare 401 and require a credential", () => {
  for (const { path, operation } of operations) {
    const isPublic =
      ["/healthz", "/readyz", "/openapi.json"].includes(path) || path.startsWith("/api/")
    // Signing in answers it to a wrong password.
    expect("401" in operation.responses).toBe(!isPublic || path === "/api/auth/sign-in/email")
    expect(operation.security.length > 0).toBe(!isPublic)
  }
})

test("a code has the status that its route gives it", () => {
  const { responses } = document.paths["/api/auth/sign-in/email"]?.["post"] ?? {}
  expect(responses?.["403"]?.description).toBe("`account_disabled`, `cross_site`")
  expect(document.paths["/v1/api/me"]?.["get"]?.responses["401"]?.description).toContain(
    "`account_disabled`",
  )
})

test("session-only operations accept no token", () => {
  const sessionOnly = operations.filter(({ operation }) => "token" in (operation.security[0] ?? {}))
  expect(sessionOnly.map(({ path }) => path)).not.toContain("/v1/api/me/password")
  expect(document.paths["/v1/api/users/{id}/erase"]?.["post"]?.security).toEqual([
    { session: ["admin"] },
  ])
})

test("schemas are closed JSON Schema: typed or combined at their root, without our own keywords", () => {
  const body = document.paths["/v1/api/conversations/{id}/messages"]?.["post"]?.requestBody
  expect(body?.content["application/json"]?.schema).toMatchObject({
    type: "object",
    required: ["text"],
    properties: { text: { type: "string", maxLength: 100_000 } },
  })
  const list = document.paths["/v1/api/conversations"]?.["get"]
  const page = list?.parameters.find((parameter) => parameter.name === "page")
  expect(page?.schema).toEqual({ type: "integer" })
})

test("every body has an example that its schema accepts", () => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  for (const { path, operation } of operations) {
    const bodies: Content[] = [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.entries(operation.responses)
        .filter(([status]) => status.startsWith("2"))
        .flatMap(([, response]) => Object.values(response.content ?? {})),
    ].filter((content) => content.schema !== undefined)
    for (const { schema = {}, example } of bodies) {
      const isValid = ajv.validate(schema, example)
      expect([path, isValid ? null : ajv.errorsText()]).toEqual([path, null])
    }
  }
})

test("every failure lists its codes with an example each", () => {
  for (const { path, operation } of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue
      // Unless the route has its own schema for it.
      const { example, examples } = response.content?.["application/json"] ?? {}
      const shown = example ?? Object.keys(examples ?? {})[0]
      expect([path, status, shown]).not.toEqual([path, status, undefined])
    }
  }
})
