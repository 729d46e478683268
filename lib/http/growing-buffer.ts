/** Joining this many bytes is cheap; beyond it the buffer grows as data arrives. */
const smallBytes = 256 * 1024

/**
 * Collects a body that arrives in chunks. Capacity doubles with received bytes and never follows a
 * declared length, which costs an attacker nothing; joining large chunks at the end would block the
 * event loop.
 */
export class GrowingBuffer {
  readonly #bytesMax: number
  #chunks: Buffer[] = []
  #room: Buffer | null = null
  #size = 0

  /** @param bytesMax upper bound of the capacity */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  append(chunk: Buffer): void {
    const size = this.#size + chunk.length
    if (this.#room === null && size <= smallBytes) this.#chunks.push(chunk)
    else {
      const room = this.#roomFor(size)
      chunk.copy(room, this.#size)
    }
    this.#size = size
  }

  clear(): void {
    this.#chunks = []
    this.#room = null
    this.#size = 0
  }

  take(): Buffer {
    if (this.#room !== null) return this.#room.subarray(0, this.#size)
    const [first, ...others] = this.#chunks
    return first !== undefined && others.length === 0
      ? first
      : Buffer.concat(this.#chunks, this.#size)
  }

  #roomFor(size: number): Buffer {
    if (this.#room !== null && size <= this.#room.length) return this.#room
    const doubled = Math.max(2 * smallBytes, 2 * (this.#room?.length ?? 0))
    // The HTTP parser, not this copy, refuses bodies longer than declared.
    const room = Buffer.allocUnsafeSlow(Math.max(size, Math.min(doubled, this.#bytesMax)))
    if (this.#room !== null) this.#room.copy(room, 0, 0, this.#size)
    else Buffer.concat(this.#chunks, this.#size).copy(room)
    this.#chunks = []
    this.#room = room
    return room
  }
}
