import { randomUuid } from "#lib/client/random-uuid.ts"

import type { Locks } from "./leadership.ts"

/** An awake holder answers within this time. */
const answerMs = 100
/** Jitter, so that waiting tabs do not take it at once. */
const hesitateMsMax = 100

/** Messages between the tabs that hold or want a lock. */
type Message =
  | { type: "asks" }
  | /** Of two who hold it, the one with the higher rank does. */ { type: "holds"; rank: Rank }
  | { type: "lets go" }

type Rank = readonly [height: number, id: string]

/**
 * `navigator.locks.request` for addresses without encryption, where browsers have none: tabs agree by
 * messages, which reach hidden ones at once, unlike timers. For the moment that takes, two may hold a
 * lock; from a tab that has crashed or frozen it must be stolen.
 */
export const requestByMessages: Locks["request"] = (name, { steal, signal }, hold) =>
  new Promise((resolve, reject) => {
    const lose = () => reject(new DOMException("Taken back, or taken by another.", "AbortError"))
    if (signal?.aborted === true) return lose()
    const claim = new Claim(name, {
      onTaken: () =>
        void hold()
          .finally(() => claim.end())
          .then(resolve, reject),
      onLost: lose,
    })
    signal?.addEventListener("abort", () => {
      claim.end()
      lose()
    })
    if (steal === true) claim.steal()
    else claim.ask()
  })

class Claim {
  readonly #events: { onTaken(): void; onLost(): void }
  readonly #channel: BroadcastChannel
  readonly #id = randomUuid()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** While it is held. */
  #rank: Rank | null = null

  constructor(name: string, events: { onTaken(): void; onLost(): void }) {
    this.#events = events
    this.#channel = new BroadcastChannel(`${name}.lock`)
    this.#channel.addEventListener("message", ({ data }: MessageEvent<Message>) => this.#hear(data))
  }

  ask(): void {
    this.#post({ type: "asks" })
    this.#takeIn(answerMs)
  }

  steal(): void {
    this.#take(Date.now())
  }

  end(): void {
    clearTimeout(this.#timer)
    if (this.#rank !== null) this.#post({ type: "lets go" })
    this.#rank = null
    this.#channel.close()
  }

  #hear(message: Message): void {
    if (message.type === "holds") clearTimeout(this.#timer)
    if (this.#rank === null) {
      if (message.type === "lets go") this.#takeIn(0)
    } else if (message.type === "holds" && isHigher(message.rank, this.#rank)) {
      this.#rank = null
      this.end()
      this.#events.onLost()
    } else this.#post({ type: "holds", rank: this.#rank })
  }

  #takeIn(ms: number): void {
    clearTimeout(this.#timer)
    // The first to take it keeps it, however slowly it answers, unless it is stolen.
    const take = () => this.#take(-Date.now())
    this.#timer = setTimeout(take, ms + Math.random() * hesitateMsMax)
  }

  #take(height: number): void {
    this.#rank = [height, this.#id]
    this.#post({ type: "holds", rank: this.#rank })
    this.#events.onTaken()
  }

  #post(message: Message): void {
    this.#channel.postMessage(message)
  }
}

function isHigher([height, id]: Rank, [ourHeight, ourId]: Rank): boolean {
  return height === ourHeight ? id > ourId : height > ourHeight
}
