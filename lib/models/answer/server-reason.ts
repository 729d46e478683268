import { isRecord, parseJson } from "#lib/models/wire/json.ts"

const depthMax = 6
const charactersMax = 2_000

/** Where servers put their sentence, the likeliest first. */
const names = [
  "message",
  "error",
  "detail",
  "details",
  "error_description",
  "msg",
  "errors",
  "reason",
  "description",
  "title",
  "error_message",
  "errorMessage",
  "Message",
]

/**
 * The first sentence for people in an error of any shape: a list, an object in an object, a text, a
 * web page's title.
 * @returns "" when there is none
 */
export function reasonIn(value: unknown): string {
  return find(value, 0)?.slice(0, charactersMax) ?? ""
}

function find(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return sentence(value, depth)
  if (depth >= depthMax) return undefined
  if (Array.isArray(value)) {
    for (const part of value.slice(0, 20)) {
      const found = find(part, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isRecord(value)) return undefined
  const own = names.map((name) => find(value[name], depth + 1)).find((text) => text !== undefined)
  // A router's own sentence says nothing; the one of the provider behind it does.
  const raw = isRecord(value["metadata"]) ? find(value["metadata"]["raw"], depth + 1) : undefined
  return raw ?? own
}

function sentence(text: string, depth: number): string | undefined {
  const trimmed = text.trim()
  if (trimmed === "") return undefined
  // An error in an error, as a text.
  if (/^[[{]/.test(trimmed) && depth < depthMax) {
    const parsed = parseJson(trimmed)
    if (parsed !== undefined) return find(parsed.value, depth + 1)
  }
  if (!/^<(?:!doctype|html|head|body|p|h\d|\?xml)/i.test(trimmed)) return trimmed
  const title = /<title[^>]*>([^<]+)<\/title>/i.exec(trimmed.slice(0, 20_000))?.[1]?.trim()
  return title === "" ? undefined : title
}

/** Machine-readable codes (`code`, `type`, `status`) of an error and of the objects around it. */
export function codesIn(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return depth < depthMax ? codesIn(value[0], depth + 1) : ""
  if (!isRecord(value)) return ""
  const own = ["code", "type", "status", "object"]
    .map((name) => value[name])
    .filter((part) => typeof part === "string" || typeof part === "number")
  const inner = depth < depthMax ? codesIn(value["error"], depth + 1) : ""
  return [...own, inner].join(" ").trim()
}

/** The HTTP status an error names within itself. */
export function statusIn(value: unknown): number | undefined {
  const found = codesIn(value).match(/(?<!\d)[45]\d\d(?!\d)/)
  return found === null ? undefined : Number(found[0])
}
