/** So many bytes are joined in no time; room for more is made as it is filled. */
const smallBytes = 256 * 1024

/**
 * Bytes that come in pieces. Room is made by doubling, never by what was promised: to join large
 * pieces at the end would stop everybody else, and a promise costs nothing.
 */
export class GrowingBuffer {
  readonly #bytesMax: number
  #chunks: Buffer[] = []
  #room: Buffer | null = null
  #size = 0

  /** @param bytesMax the last room that is made is not larger */
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
    // A length that was understated is the HTTP parser's to refuse, not a bound of this copy.
    const room = Buffer.allocUnsafeSlow(Math.max(size, Math.min(doubled, this.#bytesMax)))
    if (this.#room !== null) this.#room.copy(room, 0, 0, this.#size)
    else Buffer.concat(this.#chunks, this.#size).copy(room)
    this.#chunks = []
    this.#room = room
    return room
  }
}
