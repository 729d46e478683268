import { AppError } from "#lib/errors.ts"

const mebibyte = 1024 * 1024

/** Limits on request-body bytes received for requests that are still in flight. */
interface BodyBudgetLimits {
  /** Per person in this process. */
  personBytesMax: number
  /**
   * For all people in this process. Once parsed, decoded and on their way to Postgres, bodies take four
   * times that.
   */
  processBytesMax: number
  /**
   * Reserved for small bodies, per person and overall, so that messages get through beside large files.
   */
  smallReserveBytes: number
  /** A body up to this size is small. */
  smallBytesMax: number
}

const defaultLimits: BodyBudgetLimits = {
  personBytesMax: 32 * mebibyte,
  processBytesMax: 64 * mebibyte,
  smallReserveBytes: 8 * mebibyte,
  smallBytesMax: mebibyte / 4,
}

/** One request's share of the budget. */
export interface BodyShare {
  /**
   * Checks the budget for a declared length, without reserving it.
   * @throws AppError rate_limited, unavailable
   */
  announce(bytes: number): void
  /** Reserves received bytes. @throws AppError rate_limited, unavailable */
  add(bytes: number): void
  /** Returns the share once the request has been answered. */
  release(): void
}

/** Bounds the memory of request bodies in this process by the bytes actually received. */
export class BodyBudget {
  readonly #limits: BodyBudgetLimits
  readonly #byPerson = new Map<string, number>()
  #bytes = 0

  constructor(limits: BodyBudgetLimits = defaultLimits) {
    this.#limits = limits
  }

  /** Reserved bytes of all people. */
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
