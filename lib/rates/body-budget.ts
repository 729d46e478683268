import { AppError } from "#lib/errors.ts"

const mebibyte = 1024 * 1024

/** Bytes of bodies that have arrived and are not answered yet. */
interface BodyBudgetLimits {
  /** Of one person on this process. */
  personBytesMax: number
  /** Of all people on this process. Parsed, decoded and on their way to Postgres they are four times that. */
  processBytesMax: number
  /** Kept free for small bodies, of each person and of all, so that a message gets through beside files. */
  smallReserveBytes: number
  /** Up to here a body is small. */
  smallBytesMax: number
}

const defaultLimits: BodyBudgetLimits = {
  personBytesMax: 32 * mebibyte,
  processBytesMax: 64 * mebibyte,
  smallReserveBytes: 8 * mebibyte,
  smallBytesMax: mebibyte / 4,
}

/** What one request holds of the budget. */
export interface BodyShare {
  /**
   * Asks for a body of a length that was only promised; nothing is held for it.
   * @throws AppError rate_limited, unavailable
   */
  announce(bytes: number): void
  /** Holds bytes that have arrived. @throws AppError rate_limited, unavailable */
  add(bytes: number): void
  /** The request is answered. */
  release(): void
}

/** Bounds the memory that people's request bodies take in this process, by what has arrived. */
export class BodyBudget {
  readonly #limits: BodyBudgetLimits
  readonly #byPerson = new Map<string, number>()
  #bytes = 0

  constructor(limits: BodyBudgetLimits = defaultLimits) {
    this.#limits = limits
  }

  /** Of all people, now. */
  get bytes(): number {
    return this.#bytes
  }

  open(userId: string): BodyShare {
    let held = 0
    return {
      announce: (bytes) => this.#requireRoom(userId, bytes, bytes),
      add: (bytes) => {
        this.#requireRoom(userId, bytes, held + bytes)
        held += bytes
        this.#hold(userId, bytes)
      },
      release: () => {
        this.#hold(userId, -held)
        held = 0
      },
    }
  }

  /** @param size of the whole body, as far as it is known */
  #requireRoom(userId: string, bytes: number, size: number): void {
    const { personBytesMax, processBytesMax, smallReserveBytes, smallBytesMax } = this.#limits
    const reserve = size <= smallBytesMax ? smallReserveBytes : 0
    if ((this.#byPerson.get(userId) ?? 0) + bytes > personBytesMax + reserve) {
      throw new AppError("rate_limited", "You are sending too much at once. Try again in 2 s.", {
        retryAfterSeconds: 2,
      })
    }
    if (this.#bytes + bytes > processBytesMax + reserve) {
      throw new AppError("unavailable", "Too much is being sent to this server. Try again.", {
        retryAfterSeconds: 2,
      })
    }
  }

  #hold(userId: string, bytes: number): void {
    this.#bytes += bytes
    const held = (this.#byPerson.get(userId) ?? 0) + bytes
    if (held === 0) this.#byPerson.delete(userId)
    else this.#byPerson.set(userId, held)
  }
}
