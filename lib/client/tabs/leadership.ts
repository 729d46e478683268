/** The part of `navigator.locks` that is needed. */
export interface Locks {
  request(name: string, options: LockOptions, hold: () => Promise<void>): Promise<unknown>
}

interface LeadershipOptions {
  /** One leader per name in a browser. */
  name: string
  locks: Locks
  onLead(): void
  /** Somebody took it over while this page was frozen, or it was given up. */
  onLost(): void
}

/**
 * Elects the leading tab of a browser: the holder of a lock. When that tab closes or crashes, the
 * browser grants the lock to the next in the queue; from a frozen tab it can be stolen.
 */
export class Leadership {
  readonly #options: LeadershipOptions
  #waiting: AbortController | null = null
  #release: (() => void) | null = null

  constructor(options: LeadershipOptions) {
    this.#options = options
  }

  get isLeading(): boolean {
    return this.#release !== null
  }

  /** Queues for the lock. */
  start(): void {
    if (this.#waiting === null && !this.isLeading) this.#request(false)
  }

  /** Takes the lead from a leader that does not answer. */
  seize(): void {
    if (this.isLeading) return
    this.#waiting?.abort()
    this.#request(true)
  }

  /** Gives it up, or leaves the queue. */
  stop(): void {
    this.#waiting?.abort()
    this.#waiting = null
    this.#lose()
  }

  #request(steal: boolean): void {
    const waiting = new AbortController()
    this.#waiting = waiting
    let isOver = false
    const hold = async () => {
      // Seized by another tab before we knew that we had it.
      if (isOver || this.#waiting !== waiting) return
      this.#waiting = null
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#release = resolve
      this.#options.onLead()
      await promise
    }
    const options: LockOptions = steal ? { steal: true } : { signal: waiting.signal }
    this.#options.locks.request(this.#options.name, options, hold).catch((error: unknown) => {
      // Aborted by ourselves while in the queue, or seized by another tab while we held it.
      if (!(error instanceof DOMException)) throw error
      isOver = true
      if (this.#waiting === waiting) this.#waiting = null
      else if (this.#waiting !== null || !this.isLeading) return
      this.#lose()
      this.start()
    })
  }

  #lose(): void {
    if (this.#release === null) return
    this.#release()
    this.#release = null
    this.#options.onLost()
  }
}
