import { isUtf8 } from "node:buffer"

import { hasSignature, sniffType } from "./sniff-type.ts"

const binaryType = "application/octet-stream"
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/** Text that a browser would run or render: stored as plain text, so that it never does. */
const activeTypes = new Set([
  "text/html",
  "application/xhtml+xml",
  "image/svg+xml",
  "text/xml",
  "application/xml",
  "text/xsl",
  "application/xslt+xml",
  "application/mathml+xml",
  "text/javascript",
  "application/javascript",
  "application/x-javascript",
  "application/ecmascript",
  "text/ecmascript",
  "text/cache-manifest",
  "text/vtt",
])
const textTypes = new Set([
  "application/json",
  "application/x-ndjson",
  "application/yaml",
  "application/x-yaml",
  "application/toml",
  "application/sql",
  "application/x-sh",
  "application/rtf",
])

/**
 * The stored type of a file: determined by its bytes, not by its declared type.
 * @returns null when the declared type is malformed or contradicts the bytes
 */
export function settleType(declared: string, bytes: Uint8Array): string | null {
  const type = declared.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  if (!mediaType.test(type) || !/^[ -~]*$/.test(declared)) return null
  const sniffed = sniffType(bytes)
  if (sniffed !== null) {
    if (type === binaryType) return sniffed[0]
    return sniffed.includes(type) ? properName(type, sniffed[0]) : null
  }
  if (isText(bytes)) return settleTextType(type)
  // Unrecognized bytes rule out pictures, text, and every type with a signature.
  if (type.startsWith("text/") || activeTypes.has(type) || textTypes.has(type)) return null
  return hasSignature(type) || type.startsWith("image/") ? null : binaryType
}

function settleTextType(type: string): string | null {
  if (activeTypes.has(type)) return "text/plain"
  if (type === binaryType) return "text/plain"
  if (type.startsWith("text/") || textTypes.has(type) || /\+(?:json|yaml)$/.test(type)) return type
  if (type.endsWith("+xml")) return "text/plain"
  return hasSignature(type) || /^(?:image|audio|video|font)\//.test(type) ? null : binaryType
}

/** Normalizes aliases: `image/jpg` is `image/jpeg`; a spreadsheet stays a spreadsheet, not a zip. */
function properName(type: string, proper: string): string {
  return proper.startsWith("image/") || proper === "application/pdf" ? proper : type
}

function isText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}
