const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
/** No number is longer, nor `true`, `false` and `null`: digits by the megabyte are walked one by one. */
const bareBytesMax = 1_024
/** The blanks of JSON are the largest bytes that say nothing. */
const space = 0x20
/** So many bytes of a string are looked at before the rest is searched for its end. */
const walkedBytes = 64

export interface JsonBounds {
  /** Levels of objects and lists. */
  depthMax: number
  /** Values in all, the outermost included. */
  valuesMax: number
  /** Fields of an object, and bytes of the name of one. */
  fieldsMax: number
  fieldBytesMax: number
}

/**
 * What JSON has too much of, looking at the bytes one by one: nothing recursive has seen them yet,
 * and nothing has been made of them. Says nothing about whether they are JSON.
 */
export function findJsonExcess(bytes: Uint8Array, bounds: JsonBounds): "depth" | "size" | null {
  let depth = 0
  let values = 1
  /** Of the object that is open at each level. */
  const fields: number[] = []
  let before = 0
  let stringBytes = 0
  /** Where the number began that the bytes before belong to, and where it was last. */
  let bareStart = 0
  let bareEnd = -1
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte <= space) continue
    // What is not closed at once has a value in it.
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

/** Where the quote is that ends a string. Short ones are walked, the rest of long ones is skipped. */
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

/** Whether an odd number of backslashes stands before a byte, not looking before `start`. */
function isEscaped(bytes: Uint8Array, at: number, start: number): boolean {
  let first = at
  while (first > start && bytes[first - 1] === backslash) first--
  return (at - first) % 2 === 1
}
