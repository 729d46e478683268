/** OpenAI and Anthropic: 64 of these characters; Gemini: a letter or an underscore first. */
const safeName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

/**
 * The tool a model means: the name as it is, else without white space, marks of its template
 * (`<|channel|>…`) and a namespace (`functions.`, `default_api:`) around it. A name of no tool comes
 * back trimmed.
 */
export function resolveToolName(said: string, known: readonly string[]): string {
  if (known.includes(said)) return said
  const trimmed = said.trim()
  // Kimi's ids stand in the place of names: `functions.weather:0`.
  const bare = trimmed
    .replace(/<\|.*$/s, "")
    .trim()
    .replace(/:\d+$/, "")
  const candidates = [
    trimmed,
    bare,
    // Some models put template marks before the name.
    trimmed.replace(/^(?:<\|[^|]*\|>)+/, "").trim(),
    ...[bare, trimmed].map((name) => name.replace(/^.*[.:/]/s, "").trim()),
    bare.replace(/^["'`]+|(?:\(\))?["'`]*$/g, ""),
  ]
  const found = candidates.find((candidate) => known.includes(candidate))
  if (found !== undefined) return found
  const lower = bare.replace(/^.*[.:/]/s, "").toLowerCase()
  return known.find((name) => name.toLowerCase() === lower) ?? trimmed
}

/** A name that every vendor accepts in a history. */
export function safeToolName(name: string): string {
  if (safeName.test(name)) return name
  const safe = name
    .trim()
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .replace(/^(?=[^A-Za-z_])/, "_")
    .slice(0, 64)
  return /[A-Za-z0-9]/.test(safe) ? safe : "unnamed_tool"
}
