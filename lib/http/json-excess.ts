const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
/**
 * No valid number or literal is longer; without a bound, megabytes of digits would be scanned byte by
 * byte.
 */
const bareBytesMax = 1_024
/** Space is the highest white-space byte of JSON; bytes up to it are skipped. */
const space = 0x20
/** Bytes of a string to scan before searching natively for its end. */
const walkedBytes = 64

export interface JsonBounds {
  /** Nesting levels of objects and lists. */
  depthMax: number
  /** Total number of values, the outermost included. */
  valuesMax: number
  /** Fields of an object, and bytes of a field name. */
  fieldsMax: number
  fieldBytesMax: number
}

/**
 * Checks JSON against size bounds byte by byte, before a recursive parser sees it or any object is
 * allocated. Does not check that the bytes are valid JSON.
 */
export function findJsonExcess(bytes: Uint8Array, bounds: JsonBounds): "depth" | "size" | null {
  let depth = 0
  let values = 1
  /** Field count of the open object at each level. */
  const fields: number[] = []
  let before = 0
  let stringBytes = 0
  /** Start of the current number or literal, and its last position. */
  let bareStart = 0
  let bareEnd = -1
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte <= space) continue
    // A container that is not closed at once has a value in it.
    const isFilled = before === openBrace || before === openBracket
    if (isFilled && byte !== closeBrace && byte !== closeBracket) values++
    if (byte === quote) {
      const end = endOfString(bytes, at + 1)
      stringBytes = end - at
      at = end
    } else if (byte === comma) values++
    else if (byte === colon) {
      const count = (fields[depth] ?? 0) + 1
      if (count > bounds.fieldsMax || stringBytes > bounds.fieldBytesMax) return "size"
      fields[depth] = count
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > bounds.depthMax) return "depth"
      fields[depth] = 0
    } else if (byte === closeBrace || byte === closeBracket) depth--
    else {
      if (at !== bareEnd + 1) bareStart = at
      if (at - bareStart >= bareBytesMax) return "size"
      bareEnd = at
    }
    if (values > bounds.valuesMax) return "size"
    before = byte
  }
  return null
}

/**
 * The position of a string's closing quote. Short strings are scanned, the rest of long ones is
 * skipped.
 */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length;) {
    for (const walkEnd = at + walkedBytes; at < walkEnd; at++) {
      if (bytes[at] === quote) return at
      if (bytes[at] === backslash) at++
    }
    const end = bytes.indexOf(quote, at)
    if (end < 0) break
    if (!isEscaped(bytes, end, at)) return end
    at = end + 1
  }
  return bytes.length
}

/** Whether an odd number of backslashes precedes a byte, not looking before `start`. */
function isEscaped(bytes: Uint8Array, at: number, start: number): boolean {
  let first = at
  while (first > start && bytes[first - 1] === backslash) first--
  return (at - first) % 2 === 1
}
