/** A tab that somebody may be looking at asks this often whether the leader is there. */
const askMs = 400
const askHiddenMs = 5_000
/** Asked this often in vain, it takes the lead. */
const missesMax = 2
/** A timer this late means that the page was frozen and may have missed messages. */
const sleptMs = 2_000
/** So that not all tabs seize the lead at once. */
const hesitateMsMax = 200

interface LeaderWatchOptions {
  isVisible(): boolean
  ask(): void
  seize(): void
  onSlept(): void
  random: () => number
}

/** Notices that the tab that leads has frozen: one that is closed or crashes lets go by itself. */
export class LeaderWatch {
  readonly #options: LeaderWatchOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #heardMs = 0
  #dueMs = 0
  #misses = 0

  constructor(options: LeaderWatchOptions) {
    this.#options = options
  }

  /** Begins, or begins anew: somebody looks at the tab now. */
  start(): void {
    this.heard()
    this.#wait()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  heard(): void {
    this.#heardMs = performance.now()
    this.#misses = 0
  }

  #wait(): void {
    const everyMs = this.#options.isVisible() ? askMs : askHiddenMs
    this.#dueMs = performance.now() + everyMs
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#check(), everyMs)
  }

  #check(): void {
    const now = performance.now()
    if (now - this.#dueMs > sleptMs) this.#options.onSlept()
    if (now - this.#heardMs > askMs * 0.8) {
      // A late timer means that this page was asleep, so the silence proves nothing about the
      // leader.
      if (now - this.#dueMs <= askMs) this.#misses += 1
      if (this.#misses > missesMax) this.#seize()
      else this.#options.ask()
    }
    this.#wait()
  }

  #seize(): void {
    this.#misses = 0
    const heardMs = this.#heardMs
    setTimeout(() => {
      if (this.#timer !== undefined && this.#heardMs === heardMs) this.#options.seize()
    }, this.#options.random() * hesitateMsMax)
  }
}
