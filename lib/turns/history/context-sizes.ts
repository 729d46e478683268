interface KnownSize {
  /** The largest request that was accepted since the last refusal; 0 = none yet. */
  accepted: number
  /** The smallest that was refused. */
  refused: number
  refusedAtMs: number
}

/** A server may have got a larger context meanwhile: then it is found out again. */
const keptMs = 60 * 60_000
const modelsMax = 500

/**
 * Learned context limits per model, in characters of a request. Lives in this process, so that only
 * the first turn after a refusal has to probe.
 */
export class ContextSizes {
  readonly #now: () => number
  readonly #known = new Map<string, KnownSize>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * The largest request to try, in characters; null when no limit is known. The accepted size may
   * only reflect short requests, so a quarter of the refused size is the minimum.
   */
  roomOf(model: string): number | null {
    const known = this.#find(model)
    return known === null ? null : Math.max(known.accepted, Math.floor(known.refused / 4))
  }

  refused(model: string, characters: number): void {
    const known = this.#find(model)
    if (known === null && this.#known.size >= modelsMax) this.#known.clear()
    this.#known.set(model, {
      accepted: known !== null && known.accepted < characters ? known.accepted : 0,
      refused: Math.min(known?.refused ?? characters, characters),
      refusedAtMs: this.#now(),
    })
  }

  accepted(model: string, characters: number): void {
    const known = this.#find(model)
    if (known === null || characters <= known.accepted) return
    known.accepted = characters
    known.refused = Math.max(known.refused, characters + 1)
  }

  #find(model: string): KnownSize | null {
    const known = this.#known.get(model)
    if (known === undefined) return null
    if (this.#now() - known.refusedAtMs < keptMs) return known
    this.#known.delete(model)
    return null
  }
}
