import type { z } from "zod"

import { AppError, invalidField } from "#lib/errors.ts"
import { onceKey } from "#lib/protocol/query-values.ts"

/** @throws AppError invalid_field, naming the first field at fault */
export function parseBody(shape: z.ZodType, value: object): unknown {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue === undefined ? "" : fieldOf(issue)
  throw invalidField(field, `${field === "" ? "The body" : `\`${field}\``} ${reasonOf(issue)}.`)
}

/**
 * Parses query parameters. The first of several duplicates counts, unless its shape says `once`;
 * `name[]` does not bypass that.
 * @throws AppError invalid_query
 */
export function parseQuery(shape: z.ZodObject, query: URLSearchParams): unknown {
  const raw: Record<string, string> = {}
  for (const [name, field] of Object.entries(shape.shape)) {
    const values = query.getAll(name)
    const isOnce = field.meta()?.[onceKey] === true
    if (isOnce && (values.length > 1 || query.has(`${name}[]`))) {
      throw invalidQuery(name, "must come once")
    }
    if (values[0] !== undefined) raw[name] = values[0]
  }
  const result = shape.safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalidQuery(issue === undefined ? "" : fieldOf(issue), reasonOf(issue))
}

function invalidQuery(field: string, reason: string): AppError {
  return new AppError("invalid_query", `The query parameter \`${field}\` ${reason}.`, { field })
}

/** Our own field names pass as they are; a name from the request is truncated. */
function fieldOf(issue: z.core.$ZodIssue): string {
  return issue.path.map(String).join(".").slice(0, 64)
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "is not valid"
  if (issue.message.startsWith("must ")) return issue.message
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}`
  if (issue.code === "too_big") return `must be at most ${issue.maximum}`
  if (issue.code === "too_small") return `must be at least ${issue.minimum}`
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`
  return "is not valid"
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
