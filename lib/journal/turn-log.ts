import type { EventKind, EventPayload } from "#lib/protocol/events.ts"

import { TextCleaner, wellFormedJson } from "./well-formed.ts"

/** Gathered and not yet committed: beyond this the model is not read. */
const gatheredBytesMax = 256 * 1024
/** Tool arguments and results kept of one event. */
const detailCharactersMax = 256 * 1024

export interface GatheredEvent {
  kind: EventKind
  json: string
  detailJson: string | null
  /** Of a `text_delta`: the length of its text. */
  textLength: number
}

/** Why a log takes no more events. `lost`: another attempt owns the turn, or its conversation is gone. */
type LogFailure = { kind: "lost" } | { kind: "rejected"; error: unknown }

/** The payload of an event without the turn's id, which the log adds. */
type Payload<K extends EventKind> = Omit<EventPayload<K>, "turn_id">

/**
 * Buffers the events of one attempt of one turn. The process's append loop commits them in batches;
 * nothing is shown before that.
 */
export class TurnLog {
  readonly conversationId: string
  readonly turnId: string
  readonly attempt: number
  /** The seq of the last event of this attempt that is known to be committed. */
  committedSeq: number
  /**
   * Number of the next append. A delayed earlier append is rejected, because the head is past its
   * number.
   */
  appendNumber = 0
  /** Set when an append was told that the turn is asked to stop. */
  onInterrupt: (() => void) | null = null
  /** Set when the log fails: the driver stops. */
  onFailure: ((failure: LogFailure) => void) | null = null

  readonly #wake: () => void
  readonly #text = new TextCleaner()
  #gathered: GatheredEvent[] = []
  #gatheredBytes = 0
  #tail = ""
  #keptText: string
  #committedTextLength: number
  #taken = 0
  #failure: LogFailure | null = null
  #waiters: (() => void)[] = []

  constructor(
    turn: {
      conversationId: string
      turnId: string
      attempt: number
      sinceSeq: number
      keptText: string
    },
    wake: () => void,
  ) {
    this.conversationId = turn.conversationId
    this.turnId = turn.turnId
    this.attempt = turn.attempt
    this.committedSeq = turn.sinceSeq
    this.#keptText = turn.keptText
    this.#committedTextLength = turn.keptText.length
    this.#wake = wake
  }

  /**
   * Every delta of the turn that no `turn_started` dropped, gathered ones included; once the log has
   * failed, the committed ones.
   */
  get keptText(): string {
    return this.#keptText
  }

  get failure(): LogFailure | null {
    return this.#failure
  }

  /** Adds text; pieces between two appends are merged into one `text_delta`. */
  appendText(piece: string): void {
    this.#addText(this.#text.push(piece))
  }

  /** Adds an event after all text so far. `detail` is private: for recovery and `scope=full`. */
  append<K extends EventKind>(kind: K, payload: Payload<K>, detail?: unknown): void {
    this.#addText(this.#text.end())
    this.#closeTail()
    const json = wellFormedJson({ turn_id: this.turnId, ...payload })
    const detailJson = detail === undefined ? null : boundedDetail(detail)
    this.#add({ kind, json, detailJson, textLength: 0 })
  }

  /** Settles when all gathered so far is committed, or the log has failed. */
  async flushed(): Promise<void> {
    this.#addText(this.#text.end())
    while (this.#failure === null && this.hasGathered()) await this.#changed()
  }

  /** Settles when there is room for more, or the log has failed. */
  async room(): Promise<void> {
    while (this.#failure === null && this.#gatheredBytes > gatheredBytesMax) await this.#changed()
  }

  hasGathered(): boolean {
    return this.#gathered.length > 0 || this.#tail !== ""
  }

  /**
   * The events of the next append: all gathered ones before a second delta. They stay gathered
   * until `settle`.
   */
  take(): readonly GatheredEvent[] {
    this.#closeTail()
    let deltas = 0
    const end = this.#gathered.findIndex((event) => event.kind === "text_delta" && ++deltas > 1)
    this.#taken = end === -1 ? this.#gathered.length : end
    return this.#gathered.slice(0, this.#taken)
  }

  /** The taken events are committed, the last of them as `lastSeq`. */
  settle(lastSeq: number): void {
    for (const event of this.#gathered.splice(0, this.#taken)) {
      this.#gatheredBytes -= event.json.length
      this.#committedTextLength += event.textLength
    }
    this.#taken = 0
    this.committedSeq = lastSeq
    this.appendNumber += 1
    this.#notify()
  }

  fail(failure: LogFailure): void {
    if (this.#failure !== null) return
    this.#failure = failure
    this.#gathered = []
    this.#tail = ""
    this.#keptText = this.#keptText.slice(0, this.#committedTextLength)
    this.#notify()
    this.onFailure?.(failure)
  }

  #addText(text: string): void {
    if (text === "" || this.#failure !== null) return
    this.#tail += text
    this.#keptText += text
    this.#gatheredBytes += text.length
    this.#wake()
  }

  #closeTail(): void {
    if (this.#tail === "") return
    const json = JSON.stringify({ turn_id: this.turnId, text: this.#tail })
    const textLength = this.#tail.length
    this.#gatheredBytes -= textLength
    this.#tail = ""
    this.#push({ kind: "text_delta", json, detailJson: null, textLength })
  }

  #add(event: GatheredEvent): void {
    if (this.#failure !== null) return
    this.#push(event)
    this.#wake()
  }

  #push(event: GatheredEvent): void {
    this.#gathered.push(event)
    this.#gatheredBytes += event.json.length
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #notify(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}

function boundedDetail(detail: unknown): string {
  const json = wellFormedJson(detail)
  if (json.length <= detailCharactersMax) return json
  return JSON.stringify({ cut: true, start: json.slice(0, detailCharactersMax / 2).toWellFormed() })
}
