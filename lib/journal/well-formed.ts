/**
 * Makes a text that arrives in pieces storable, so that shown = stored = final: a trailing high
 * surrogate waits for its partner, lone surrogates become U+FFFD, U+0000 is dropped.
 */
export class TextCleaner {
  #pending = ""

  push(piece: string): string {
    let text = this.#pending + piece
    this.#pending = ""
    const last = text.charCodeAt(text.length - 1)
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#pending = text.slice(-1)
      text = text.slice(0, -1)
    }
    return wellFormedText(text)
  }

  /** Flushes a pending surrogate at the end of the text. */
  end(): string {
    const rest = this.#pending
    this.#pending = ""
    return wellFormedText(rest)
  }
}

export function wellFormedText(text: string): string {
  const clean = text.isWellFormed() ? text : text.toWellFormed()
  return clean.includes("\0") ? clean.replaceAll("\0", "") : clean
}

/** `JSON.stringify` with every string and key made well-formed; undefined becomes null. */
export function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === "string") return wellFormedText(entry)
    if (typeof entry === "bigint") return entry.toString()
    if (isPlainObject(entry) && Object.keys(entry).some((key) => wellFormedText(key) !== key)) {
      return Object.fromEntries(
        Object.entries(entry).map(([key, inner]) => [wellFormedText(key), inner]),
      )
    }
    return entry
  })
  return json ?? "null"
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
