import { z } from "zod"

import type { ErrorCode } from "#lib/protocol/error-codes.ts"
import { failure } from "#lib/protocol/failures.ts"
import { onceKey } from "#lib/protocol/query-values.ts"

import { errorMeanings } from "./error-meanings.ts"
import { statusOf } from "./errors.ts"
import { exampleOf } from "./example-of.ts"
import type {
  Content,
  JsonSchema,
  OpenApiDocument,
  Operation,
  OperationResponse,
  Parameter,
} from "./openapi-document.ts"
import type { Caller, Route } from "./route.ts"

/** Generates the OpenAPI 3.1 document from the shapes used for validation. */
export function createOpenApi(routes: readonly Route[]): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Studio",
      version: "1",
      description: "Within v1 only additive change. Every failure is `Failure`.",
    },
    paths,
    components: {
      schemas: { Failure: toSchema(failure, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "`hq_pat_…`" },
        session: { type: "apiKey", in: "cookie", name: "studio_session" },
      },
    },
  }
}

function operation(route: Route): Operation {
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [tagOf(route.path)],
    security: security(route),
    parameters: [...pathParameters(route.path), ...queryParameters(route)],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route, route.body) }),
    responses: { ...successes(route), ...failures(route) },
  }
}

function security({ caller, scope }: Route): Operation["security"] {
  if (isPublic(caller)) return []
  const roles = scope === null ? [] : [scope]
  return caller === "session" ? [{ session: roles }] : [{ token: roles }, { session: [] }]
}

function isPublic(caller: Caller): boolean {
  return caller === "anyone" || caller === "own_page"
}

/** `GET /v1/api/conversations/{id}` → `getV1ApiConversationsId`. */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word !== "")
  return (
    method.toLowerCase() +
    words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")
  )
}

function tagOf(path: string): string {
  if (path.startsWith("/api/")) return "account"
  return path.split("/").find((part) => part !== "" && part !== "v1" && part !== "api") ?? ""
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", format: "uuid" },
  }))
}

function queryParameters(route: Route): Parameter[] {
  return Object.entries(route.query?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = toSchema(field, "input")
    return {
      name,
      in: "query",
      required: false,
      ...(typeof description === "string" ? { description } : {}),
      schema,
    }
  })
}

function requestBody(route: Route, body: z.ZodType): NonNullable<Operation["requestBody"]> {
  return {
    required: !route.isBodyOptional,
    content: { "application/json": withExample(toSchema(body, "input")) },
  }
}

function successes(route: Route): Record<string, OperationResponse> {
  return Object.fromEntries(
    Object.entries(route.replies).map(([status, { description, shape, contentTypes }]) => {
      const body = shape === undefined ? {} : withExample(toSchema(shape, "output"))
      const types = contentTypes ?? (shape === undefined ? [] : ["application/json"])
      const content = Object.fromEntries(types.map((type) => [type, body]))
      return [status, { description, ...(types.length === 0 ? {} : { content }) }]
    }),
  )
}

function withExample(schema: JsonSchema): Content {
  return { schema, example: exampleOf(schema) }
}

/** The failures common to routes of its kind, and its own. */
function failures(route: Route): Record<string, OperationResponse> {
  // The front refuses invalid hosts and ambiguous addresses on every route.
  const codes: ErrorCode[] = ["bad_request", "unavailable", "internal", ...(route.failures ?? [])]
  if (!isPublic(route.caller)) {
    codes.push("unauthorized", "account_disabled", "invalid_header", "cross_site", "rate_limited")
  }
  if (route.caller === "own_page") codes.push("cross_site", "rate_limited")
  if (route.caller === "session") codes.push("session_required")
  if (route.scope !== null) codes.push("missing_scope")
  if (route.query !== undefined) codes.push("invalid_query")
  if (route.body !== undefined) {
    codes.push("invalid_json", "invalid_field", "too_deep", "too_large", "unsupported_media_type")
  }
  const byStatus = Map.groupBy(new Set(codes), (code) => route.statuses?.[code] ?? statusOf[code])
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.replies))
      .map(([status, list]) => [
        status,
        {
          description: list.map((code) => `\`${code}\``).join(", "),
          content: { "application/json": failureContent(list) },
        },
      ]),
  )
}

function failureContent(codes: readonly ErrorCode[]): Content {
  return {
    schema: { $ref: "#/components/schemas/Failure" },
    examples: Object.fromEntries(
      codes.map((code) => {
        const error = errorMeanings[code] ?? code
        return [code, { summary: error, value: { error, code } }]
      }),
    ),
  }
}

function toSchema(shape: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      delete jsonSchema[onceKey]
      // The pattern describes the parser's input; the document's integers are always decimal.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern
    },
  })
  return schema
}
