import type {
  ApiAnswer,
  ApiError,
  ApiField,
  ApiGroup,
  ApiOperation,
} from "#lib/protocol/api-description.ts"

import type {
  Content,
  JsonSchema,
  OpenApiDocument,
  Operation,
  Parameter,
} from "./openapi-document.ts"

const jsonType = "application/json"

/** The document in the reference's form: operations grouped by subject. */
export function describeApi(document: OpenApiDocument): ApiGroup[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      group: operation.tags[0] ?? "",
      described: describe(path, method, operation),
    })),
  )
  const groups = Map.groupBy(operations, ({ group }) => group)
  return [...groups].map(([name, members]) => ({
    name,
    operations: members.map(({ described }) => described),
  }))
}

function describe(path: string, method: string, operation: Operation): ApiOperation {
  const body = operation.requestBody?.content[jsonType]
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    scope: scopeOf(operation),
    parameters: operation.parameters.map(describeParameter),
    body:
      body === undefined
        ? null
        : {
            isRequired: operation.requestBody?.required === true,
            fields: describeFields(body.schema ?? {}),
            example: toText(body.example),
          },
    answers: describeAnswers(operation),
    errors: describeErrors(operation),
  }
}

/** Null = public, empty = any credential. */
function scopeOf({ security: [first] }: Operation): string | null {
  return first === undefined ? null : (Object.values(first)[0]?.[0] ?? "")
}

function describeParameter(parameter: Parameter): ApiField {
  return {
    name: parameter.name,
    type: typeOf(parameter.schema),
    place: parameter.in,
    isRequired: parameter.required,
    description: parameter.description ?? "",
  }
}

function describeFields(schema: JsonSchema): ApiField[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  return Object.entries(asRecord(schema["properties"])).map(([name, property]) => {
    const { description } = asRecord(property)
    return {
      name,
      type: typeOf(asRecord(property)),
      place: "body",
      isRequired: required.includes(name),
      description: typeof description === "string" ? description : "",
    }
  })
}

function describeAnswers(operation: Operation): ApiAnswer[] {
  return Object.entries(operation.responses)
    .filter(([, { content }]) => content?.[jsonType]?.examples === undefined)
    .map(([status, { description, content }]) => {
      const [contentType, body] = Object.entries(content ?? {})[0] ?? [null, undefined]
      return { status, description, contentType, example: exampleText(body) }
    })
}

function exampleText(body: Content | undefined): string | null {
  return body?.schema === undefined ? null : toText(body.example)
}

function describeErrors(operation: Operation): ApiError[] {
  return Object.entries(operation.responses).flatMap(([status, { content }]) =>
    Object.entries(content?.[jsonType]?.examples ?? {}).map(([code, { summary }]) => ({
      status,
      code,
      meaning: summary ?? "",
    })),
  )
}

/** In words: `string or null`, `list of object`, `"recent" | "oldest"`. */
function typeOf(schema: JsonSchema): string {
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) {
    return [...new Set(choices.map((choice) => typeOf(asRecord(choice))))].join(" or ")
  }
  if ("const" in schema) return JSON.stringify(schema["const"])
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((value) => JSON.stringify(value)).join(" | ")
  }
  if (schema["type"] === "array") return `list of ${typeOf(asRecord(schema["items"]))}`
  if (schema["format"] === "uuid") return "UUID"
  if (schema["format"] === "date-time") return "time"
  return typeof schema["type"] === "string" ? schema["type"] : "any JSON"
}

function toText(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? ""
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {}
}
