import { createHash } from "node:crypto"

/** Mistral takes exactly nine letters and digits, and every other vendor takes those too. */
const acceptedId = /^[A-Za-z0-9]{9}$/
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/**
 * Call ids for one request. They are derived from the journal's ids, so that the same history
 * always serializes to the same bytes, which prompt caches require.
 */
export class CallIds {
  readonly #used = new Set<string>()

  /** An id that no other call of the request has. */
  next(id: string): string {
    for (let round = 0; ; round += 1) {
      const candidate = round === 0 && acceptedId.test(id) ? id : hashed(`${round} ${id}`)
      if (this.#used.has(candidate)) continue
      this.#used.add(candidate)
      return candidate
    }
  }
}

function hashed(text: string): string {
  const bytes = createHash("sha256").update(text).digest()
  return [...bytes.subarray(0, 9)].map((byte) => alphabet[byte % alphabet.length]).join("")
}
