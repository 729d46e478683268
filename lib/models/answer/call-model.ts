import type { WrittenRequest } from "#lib/models/request/write-request.ts"
import type { StepPart } from "#lib/models/step.ts"
import type { WireFormat, WireReader } from "#lib/models/wire/answer-sink.ts"

import { CallFailure } from "./call-failure.ts"
import { openAnswer } from "./open-answer.ts"
import type { Patience } from "./patience.ts"
import { AnswerReader, type AnswerSource } from "./read-answer.ts"
import { BodyReader } from "./read-body.ts"

interface ModelCallOptions extends AnswerSource {
  wire: WireFormat
  written: WrittenRequest
  patience: Patience
}

/** Numbers follow the word that ends an answer; a server that sends none is not waited for. */
const afterFinishMs = 5_000

const drainMs = 1_000
const drainBytesMax = 64 * 1024

type Chunk = ReadableStreamReadResult<Uint8Array>

interface Opened {
  body: ReadableStreamDefaultReader<Uint8Array> | null
  reader: BodyReader
  first: Chunk
}

/**
 * One call, without a retry. It is pulled in portions, one for each piece that arrives: a generator
 * for each of the layers below would cost every token.
 */
export class ModelCall {
  readonly #options: ModelCallOptions
  readonly #answer: AnswerReader
  readonly #wire: WireReader
  readonly #stop = new AbortController()
  readonly #onAbort: () => void
  #opening: Promise<Opened> | null = null
  #opened: Opened | null = null
  #timer: NodeJS.Timeout | null = null
  #isReading = false
  #hasFired = false
  #isDraining = false
  #isOver = false
  #isSilent = false
  /** The answer ends, well or not, once its parts so far are told. */
  #ending: { error: unknown } | null = null

  constructor(options: ModelCallOptions) {
    this.#options = options
    this.#answer = new AnswerReader(options)
    this.#wire = options.wire(this.#answer)
    const { signal } = options.request
    this.#onAbort = () => this.#stop.abort(signal.reason)
    signal.addEventListener("abort", this.#onAbort, { once: true })
    if (signal.aborted) this.#onAbort()
  }

  /** Whether anything of an answer has come: then the call is not made again. */
  get hasBegun(): boolean {
    return this.#answer.hasBegun
  }

  /**
   * Returns the parts that arrived since the last call; may be empty.
   * @returns null when the answer is over, or the request's signal has aborted
   * @throws CallFailure, or ModelError when the answer itself reports an error
   */
  async next(): Promise<readonly StepPart[] | null> {
    if (this.#isOver || this.#options.request.signal.aborted) return null
    if (this.#ending !== null) return this.#complete(this.#ending.error)
    let chunk: Chunk | null
    try {
      chunk = this.#opened === null ? await this.#begin() : await this.#read(this.#opened)
    } catch (error) {
      return this.#breakOff(error)
    } finally {
      this.#isReading = false
    }
    if (chunk === null) return [this.#options.patience.tell(false)]
    return this.#take(chunk)
  }

  /** Lets go of the vendor's socket. */
  close(): void {
    this.#isOver = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#options.request.signal.removeEventListener("abort", this.#onAbort)
    if (!this.#isDraining) this.#stop.abort()
  }

  /** @returns the first bytes, or null when it is time to say that they are late */
  async #begin(): Promise<Chunk | null> {
    const { patience } = this.#options
    if (this.#opening === null) {
      this.#opening = this.#open()
      // Avoids an unhandled rejection while the consumer is still busy with the status part.
      this.#opening.catch(() => {})
    }
    this.#arm(patience.firstByteMsLeft(), "silent")
    this.#isReading = true
    if (await patience.isLate(this.#opening)) return null
    this.#opened = await this.#opening
    this.#arm(patience.silenceMs, "silent")
    return this.#opened.first
  }

  async #open(): Promise<Opened> {
    const { written } = this.#options
    const { body, contentType } = await openAnswer(written, this.#stop.signal)
    const reader = new BodyReader(this.#wire, this.#answer, contentType)
    return { body, reader, first: await readChunk(body) }
  }

  async #read({ body }: Opened): Promise<Chunk> {
    // After the finish reason the timer is refreshed only if it fired between two reads, so
    // trailing data cannot extend the deadline.
    if (!this.#answer.isFinished || this.#hasFired) this.#timer?.refresh()
    this.#hasFired = false
    this.#isReading = true
    return await readChunk(body)
  }

  #take(chunk: Chunk): readonly StepPart[] {
    const answer = this.#answer
    const wasFinished = answer.isFinished
    try {
      if (chunk.done) this.#opened?.reader.end()
      else this.#opened?.reader.feed(chunk.value)
    } catch (error) {
      this.#ending = { error }
    }
    if (chunk.done || answer.isDone || answer.failure !== null) this.#ending ??= { error: null }
    if (answer.isDone && !chunk.done) void this.#drain()
    const parts = answer.take()
    // Deliver the parts received before an error first, then the error.
    if (this.#ending !== null && parts.length === 0) return this.#complete(this.#ending.error)
    if (answer.isFinished && (!wasFinished || parts.length > 0)) {
      this.#arm(Math.min(afterFinishMs, this.#options.patience.silenceMs), "complete")
    }
    const { patience } = this.#options
    if (parts.length > 0) patience.hasTold = true
    else if (patience.isTimeToTell()) return [patience.tell(answer.hasBegun)]
    return parts
  }

  /** Nothing more is said, but a connection that is read to its end serves the next call. */
  async #drain(): Promise<void> {
    this.#isDraining = true
    const timer = setTimeout(() => this.#stop.abort(), drainMs)
    timer.unref()
    try {
      for (let bytes = 0; bytes < drainBytesMax;) {
        const next = await readChunk(this.#opened?.body ?? null)
        if (next.done) break
        bytes += next.value.length
      }
    } catch {
      // The answer is whole; how its connection ends is nothing to it.
    } finally {
      clearTimeout(timer)
      this.#stop.abort()
    }
  }

  #complete(error: unknown): readonly StepPart[] {
    this.#isOver = true
    if (error !== null) throw error
    // A call whose arguments broke off is none.
    if (this.#answer.isFinished || this.#answer.isDone) this.#wire.end()
    return this.#answer.end()
  }

  /** The connection broke, or a wait was ended by us. */
  #breakOff(error: unknown): readonly StepPart[] | null {
    if (this.#options.request.signal.aborted) return null
    if (this.#answer.isFinished) return this.#complete(null)
    if (!this.#isSilent) return this.#complete(error)
    const { silenceMs, firstByteMs } = this.#options.patience
    const silentMs = this.#opened === null ? firstByteMs : silenceMs
    return this.#complete(new CallFailure({ kind: "silent", silentMs }))
  }

  #arm(ms: number, why: "silent" | "complete"): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#hasFired = false
    this.#timer = setTimeout(() => {
      this.#hasFired = true
      // The consumer may be slower than the deadline; only a pending read counts as silence.
      if (!this.#isReading) return
      this.#isSilent = why === "silent"
      this.#stop.abort()
    }, ms)
  }
}

async function readChunk(body: Opened["body"]): Promise<Chunk> {
  if (body === null) return { done: true, value: undefined }
  try {
    return await body.read()
  } catch (cause) {
    throw new CallFailure({ kind: "cut", cause })
  }
}
