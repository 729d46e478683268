import addFormats from "ajv-formats"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { inject } from "vitest"

import type { OpenApiDocument, Operation } from "#lib/http/openapi-document.ts"
import { ephemeralShapes, eventShapes } from "#lib/protocol/events.ts"

/** The checked parts of a response. */
interface CheckedAnswer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  bytes: Buffer
  text: string
}

/** Sent before routing, so no operation lists them. */
const beforeRouting = new Set([405, 408, 414, 431])

let document: OpenApiDocument | null = null
const validators = new Map<string, ValidateFunction>()

/**
 * Fails when a response does not match `openapi.json`: status, content type, body, error code.
 * Ignores anything the document does not describe.
 */
export function checkAnswer(method: string, target: string, answer: CheckedAnswer): void {
  document ??= inject("openApi")
  const path = target.split("?", 1)[0] ?? ""
  const found = findOperation(document, method === "HEAD" ? "GET" : method, path)
  if (found === null || beforeRouting.has(answer.status)) return
  const { status } = answer
  const name = `${method} ${found.template} → ${status}`
  const response = found.operation.responses[status]
  if (response === undefined) throw new Error(`${name} is not in openapi.json: ${answer.text}`)
  if (method === "HEAD") return
  const type = String(answer.headers["content-type"] ?? "").split(";", 1)[0] ?? ""
  const content = type === "" ? undefined : (response.content?.[type] ?? response.content?.["*/*"])
  if (content === undefined) {
    if (response.content === undefined && answer.bytes.length === 0) return
    throw new Error(`${name} is of a type that openapi.json does not name: ${type}`)
  }
  if (type !== "application/json" || content.schema === undefined) return
  const validate = validatorOf(document, name, content.schema)
  const body: unknown = JSON.parse(answer.text)
  if (!validate(body)) {
    throw new Error(
      `${name} is not what openapi.json says: ${JSON.stringify(validate.errors)}\n${answer.text.slice(0, 2_000)}`,
    )
  }
  if (content.examples !== undefined && !(codeOf(body) in content.examples)) {
    throw new Error(`${name} with the code ${codeOf(body)}, which openapi.json does not name`)
  }
}

function codeOf(body: unknown): string {
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : ""
}

function findOperation(
  { paths }: OpenApiDocument,
  method: string,
  path: string,
): { template: string; operation: Operation } | null {
  const parts = path.split("/")
  for (const [template, methods] of Object.entries(paths)) {
    const operation = methods[method.toLowerCase()]
    const wanted = template.split("/")
    const fits =
      wanted.length === parts.length &&
      wanted.every((part, at) => part.startsWith("{") || part === parts[at])
    if (operation !== undefined && fits) return { template, operation }
  }
  return null
}

function validatorOf(
  { components }: OpenApiDocument,
  name: string,
  schema: object,
): ValidateFunction {
  const known = validators.get(name)
  if (known !== undefined) return known
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const made = ajv.compile({ ...schema, components })
  validators.set(name, made)
  return made
}

const shapes = new Map(Object.entries({ ...eventShapes, ...ephemeralShapes }))

/** Fails when an event's data does not match the schema of its name. */
export function checkEvent(name: string, data: unknown): void {
  const checked = shapes.get(name)?.safeParse(data)
  if (checked?.success === false) {
    throw new Error(`The event ${name} is not as promised: ${checked.error.message}`)
  }
}
