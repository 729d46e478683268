import { randomUuid } from "#lib/client/random-uuid.ts"

import { loadDraft, saveDraft } from "./drafts.ts"

/**
 * The text being written in one composer, and the texts sent from it without an answer yet. Storage
 * always holds all of them, so that nothing is lost when the page dies.
 */
export class DraftWriter {
  readonly #name: string
  readonly #show: (text: string) => void
  readonly #held = new Map<string, string>()
  /** A returned text, and the idempotency key it was sent with. */
  #returned = { text: "", key: "" }
  #written = ""

  constructor(name: string, show: (text: string) => void) {
    this.#name = name
    this.#show = show
  }

  /** @param isAccepted whether the journal knows a message by that key already */
  open(isAccepted: (key: string) => boolean): void {
    const draft = loadDraft(this.#name)
    const isSent = draft.key !== undefined && isAccepted(draft.key)
    if (isSent) saveDraft(this.#name, { text: "" })
    const left = isSent ? "" : draft.text
    this.#returned = { text: left, key: draft.key ?? "" }
    this.#write(left)
  }

  set(text: string): void {
    this.#write(text)
    this.#store()
  }

  /** Appends text typed before the page's code loaded to the draft of an earlier page. */
  adopt(typed: string): void {
    if (typed === "" || typed === this.#written) return
    this.set(this.#written === "" ? typed : `${this.#written}\n\n${typed}`)
  }

  /** The key this very text was sent with before, else a new one. */
  takeKey(text: string): string {
    const { key, text: returned } = this.#returned
    return key !== "" && returned === text ? key : randomUuid()
  }

  /** On its way: gone from sight, kept in storage until it is settled or restored. */
  hold(text: string, key: string): void {
    this.#held.set(key, text)
    this.set("")
  }

  settle(key: string): void {
    this.#held.delete(key)
    this.#store()
  }

  /** Refused or cancelled: puts the text back, before newer text. */
  restore(text: string, key = ""): void {
    this.#held.delete(key)
    const isAlone = this.#written === ""
    this.#returned = isAlone ? { text, key } : { text: "", key: "" }
    this.set(isAlone || text === "" ? text || this.#written : `${text}\n\n${this.#written}`)
  }

  #write(text: string): void {
    this.#written = text
    this.#show(text)
  }

  #store(): void {
    const keys = [...this.#held.keys()]
    const texts = [...this.#held.values(), this.#written].filter((part) => part !== "")
    const isOneUntouched = keys.length === 1 && this.#written === ""
    saveDraft(this.#name, {
      text: texts.join("\n\n"),
      ...(isOneUntouched && keys[0] !== undefined ? { key: keys[0] } : {}),
    })
  }
}
