/** Reads JSON from other systems: values of an unexpected shape are treated as missing. */

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** A named part of a value; undefined when the value has no parts. */
export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

export function recordIn(value: unknown, name: string): JsonRecord | undefined {
  const found = field(value, name)
  return isRecord(found) ? found : undefined
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name)
  return Array.isArray(found) ? found : []
}

/** A string that is not empty. */
export function textIn(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** An id or a number that servers write as a string or as a number. */
export function idIn(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  if (typeof found === "number" && Number.isFinite(found)) return String(found)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** A whole number from 0 to 2^53 - 1; anything else was not said. */
export function countIn(value: unknown, name: string): number | null {
  const found = field(value, name)
  return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : null
}

/** Deeper values cannot be written as JSON again: the stack ends. No tool takes such. */
const depthMax = 100

/** Whether a value is nested deeper than anything that is of use. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false
  return depth >= depthMax || Object.values(value).some((part) => isTooDeep(part, depth + 1))
}

/** Serializes a provider's value; returns a placeholder text when it is nested too deeply. */
export function writeJson(value: JsonRecord | readonly unknown[]): string {
  return isTooDeep(value) ? "(nested too deeply)" : JSON.stringify(value)
}

/** @returns undefined when the text is no JSON */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
