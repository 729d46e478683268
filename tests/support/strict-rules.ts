export type Say = (fault: string) => void
export type Json = Record<string, unknown>

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function isBlank(value: unknown): boolean {
  return typeof value !== "string" || value.trim() === ""
}

/** OpenAI: up to 64 of these characters; Gemini: a letter or an underscore first. */
const toolName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

export function checkToolName(name: unknown, where: string, say: Say): void {
  if (typeof name !== "string" || !toolName.test(name)) {
    say(`${where} has the name ${JSON.stringify(name)}`)
  }
}

/** Arguments travel as text; every provider requires an object in it. */
export function checkArguments(text: unknown, where: string, say: Say): void {
  try {
    if (typeof text === "string" && isRecord(JSON.parse(text))) return
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  say(`${where} has arguments that are no object: ${JSON.stringify(text)}`)
}

/** Rules for the description of a tool's arguments. */
export function checkTool(tool: Json, schema: unknown, names: Set<string>, say: Say): void {
  const { name, description } = tool
  checkToolName(name, "a declared tool", say)
  if (names.has(String(name))) say(`the tool ${String(name)} is declared twice`)
  names.add(String(name))
  if (isBlank(description)) say(`the tool ${String(name)} has no description`)
  if (!isRecord(schema) || schema["type"] !== "object") {
    say(`the tool ${String(name)} has arguments that are no object`)
    return
  }
  for (const word of ["oneOf", "anyOf", "allOf", "not", "enum"]) {
    if (word in schema) say(`the tool ${String(name)} has ${word} at the top of its schema`)
  }
  const properties = isRecord(schema["properties"]) ? Object.keys(schema["properties"]) : []
  for (const required of Array.isArray(schema["required"]) ? schema["required"] : []) {
    if (!properties.includes(String(required))) say(`${String(name)} requires an unknown property`)
  }
  if (depthOf(schema) > 12) say(`the schema of ${String(name)} is too deep`)
}

/** Bytes of an image in a `data:` URL or beside a media type. */
export function checkPicture(mediaType: string, data: unknown, say: Say): void {
  if (!/^image\/(?:png|jpeg|gif|webp)$/.test(mediaType)) say(`a picture of type ${mediaType}`)
  if (typeof data !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    say("a picture that is empty or no base64")
  }
}

/** Strict servers' parsers reject lone surrogates, their databases NUL. */
export function checkStrings(value: unknown, say: Say): void {
  if (typeof value === "string") {
    if (!value.isWellFormed()) say(`half a surrogate pair in ${JSON.stringify(value.slice(0, 40))}`)
    if (value.includes("\0")) say(`a NUL in ${JSON.stringify(value.slice(0, 40))}`)
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) checkStrings(key, say)
      checkStrings(inner, say)
    }
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
