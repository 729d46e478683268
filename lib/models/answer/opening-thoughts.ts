/** How models that think within their text mark where thoughts begin and end. */
const marks: readonly (readonly [string, string])[] = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"],
  ["<reasoning>", "</reasoning>"],
  ["[THINK]", "[/THINK]"],
  ["◁think▷", "◁/think▷"],
]
/** So much white space before the first word is an answer of white space. */
const blanksMax = 4096

/**
 * Takes thoughts off the start of an answer, and holds back white space until a word follows it.
 * Thoughts anywhere else are text: somebody may have asked for them.
 */
export class OpeningThoughts {
  readonly #takesThoughts: boolean
  #state: "start" | "thinking" | "said" = "start"
  #held = ""
  #close = ""
  #hasThoughts = false

  /** @param takesThoughts false where the provider has a place of its own for thoughts */
  constructor(takesThoughts: boolean) {
    this.#takesThoughts = takesThoughts
  }

  get hasThoughts(): boolean {
    return this.#hasThoughts
  }

  /** @returns the answer's text that has not been returned yet */
  push(text: string): string {
    if (this.#state === "said") return text
    this.#held += text
    for (;;) {
      if (this.#state === "thinking") {
        const end = this.#held.indexOf(this.#close)
        if (end === -1) {
          // The mark may be cut between two pieces.
          this.#held = this.#held.slice(-(this.#close.length - 1))
          return ""
        }
        this.#held = this.#held.slice(end + this.#close.length)
        this.#state = "start"
      }
      const start = this.#held.trimStart()
      if (start === "" && this.#held.length < blanksMax) return ""
      const mark = this.#takesThoughts ? markAt(start) : null
      if (mark === "perhaps") return ""
      if (mark === null) return this.#release()
      this.#hasThoughts = true
      this.#state = "thinking"
      this.#close = mark[1]
      this.#held = start.slice(mark[0].length)
    }
  }

  /** Ends the answer. @returns held-back text, unless it is blank */
  end(): string {
    const isText = this.#state === "start" && this.#held.trim() !== ""
    return isText ? this.#release() : ""
  }

  #release(): string {
    const text = this.#hasThoughts ? this.#held.trimStart() : this.#held
    this.#held = ""
    this.#state = "said"
    return text
  }
}

function markAt(start: string): readonly [string, string] | "perhaps" | null {
  const found = marks.find(([open]) => start.startsWith(open))
  if (found !== undefined) return found
  return marks.some(([open]) => open.startsWith(start)) ? "perhaps" : null
}
