/**
 * The arrays our statements use, told to the driver instead of asked of the server on each connect:
 * a connection that broke during that question ended the whole process by an unhandled rejection.
 * @see https://www.postgresql.org/docs/current/arrays.html "Array Input and Output Syntax"
 */
export const arrayTypes = {
  intArray: {
    to: 1007,
    from: [1007],
    serialize: encodeArray,
    parse: (text: string) => decodeArray(text).map((item) => (item === null ? null : Number(item))),
  },
  textArray: { to: 1009, from: [1009], serialize: encodeArray, parse: decodeArray },
  uuidArray: { to: 2951, from: [2951], serialize: encodeArray, parse: decodeArray },
}

type Item = string | number | boolean | null

/** One-dimensional. Text is an array that somebody has encoded before. */
export function encodeArray(items: readonly Item[] | string): string {
  if (typeof items === "string") return items
  return `{${items.map(encodeItem).join(",")}}`
}

function encodeItem(item: Item): string {
  if (item === null) return "NULL"
  return typeof item === "string" ? `"${item.replace(/["\\]/g, "\\$&")}"` : String(item)
}

/** Reads a one-dimensional array as the server writes it. */
export function decodeArray(text: string): (string | null)[] {
  const items: (string | null)[] = []
  for (const [, quoted, bare] of text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,"]+)/gs)) {
    if (quoted !== undefined) items.push(quoted.replace(/\\(.)/gs, "$1"))
    else items.push(bare === undefined || bare === "NULL" ? null : bare)
  }
  return items
}
