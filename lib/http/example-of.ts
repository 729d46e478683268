import type { JsonSchema } from "./openapi-document.ts"

const levelsMax = 8

/** Realistic values by field name, more telling than those derived from a type. */
const known: Readonly<Record<string, unknown>> = {
  text: "What changed since Friday?",
  title: "Changes since Friday",
  last_text: "Three tickets were closed.",
  snippet: "…closed since Friday…",
  name: "Mira",
  display_name: "Helper",
  email: "mira@northwind.example",
  current_password: "a sentence works well",
  new_password: "a longer sentence works better",
  password: "a sentence works well",
  slug: "helper",
  filename: "notes.txt",
  content_type: "text/plain",
  data_b64: "SGVsbG8=",
  idempotency_key: "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
  token: "hq_pat_…",
  start: "hq_pat_9fK2",
  scopes: ["conversations:read", "conversations:write"],
  stream_url: "/v1/api/conversations/0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b/stream",
  page_size: 25,
  monthly_token_limit: 2_000_000,
}

/** An example value of a schema for documentation. A test validates each against its schema. */
export function exampleOf(schema: JsonSchema, name = "", level = 0): unknown {
  if ("const" in schema) return schema["const"]
  if (Array.isArray(schema["enum"])) return schema["enum"][0]
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return ofChoice(choices.map(asSchema), name, level)
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"]
  if (fits(known[name], type)) return known[name]
  switch (type) {
    case "string":
      return ofString(schema)
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" && schema["minimum"] >= 0 ? schema["minimum"] : 1
    case "boolean":
      return false
    case "array":
      return level > levelsMax ? [] : ofArray(schema, name, level)
    case "object":
      return level > levelsMax ? {} : ofObject(schema, level)
    default:
      return null
  }
}

/** The first non-null choice. */
function ofChoice(choices: readonly JsonSchema[], name: string, level: number): unknown {
  const first = choices.find((choice) => choice["type"] !== "null")
  return first === undefined ? null : exampleOf(first, name, level)
}

/** One of each: a tuple has a schema per position, a list one for all. */
function ofArray(schema: JsonSchema, name: string, level: number): unknown[] {
  const places = schema["prefixItems"]
  const items = Array.isArray(places) ? places : [schema["items"]]
  return items.map((item) => exampleOf(asSchema(item), singular(name), level + 1))
}

function ofObject(schema: JsonSchema, level: number): object {
  return Object.fromEntries(
    Object.entries(asSchema(schema["properties"])).map(([name, property]) => [
      name,
      exampleOf(asSchema(property), name, level + 1),
    ]),
  )
}

function ofString(schema: JsonSchema): string {
  switch (schema["format"]) {
    case "uuid":
      return "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    case "date-time":
      return "2026-11-26T12:00:00.000Z"
    case "date":
      return "2026-11-26"
    case "uri":
      return "https://studio.northwind.example"
    case "email":
      return "mira@northwind.example"
    default:
      return "text"
  }
}

function fits(value: unknown, type: unknown): boolean {
  if (value === undefined) return false
  if (Array.isArray(value)) return type === "array"
  return typeof value === (type === "integer" ? "number" : type)
}

function singular(name: string): string {
  return name.endsWith("s") ? name.slice(0, -1) : name
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? { ...value } : {}
}
