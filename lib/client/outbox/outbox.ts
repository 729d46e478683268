import { wait, type Wait } from "#lib/client/stream/backoff.ts"
import type { SharedStream } from "#lib/client/tabs/shared-stream.ts"
import type { SentShare } from "#lib/transcript/reduce-events.ts"

import { isOutboxNote, type OutboxNote } from "./outbox-notes.ts"
import {
  createMemoryStore,
  type Destination,
  type OutboxEntry,
  type OutboxStore,
  type OutgoingFile,
} from "./outbox-store.ts"
import { submitMessage, takenBack, type SubmitOutcome } from "./submit.ts"

/** One click of Send. */
interface OutgoingMessage {
  /** One UUID per click. */
  key: string
  destination: Destination
  text: string
  files: readonly OutgoingFile[]
}

export interface SendHooks {
  /** It is kept now: the page may go. */
  onStored(): void
  onRetrying(): void
  onProgress?(share: SentShare): void
}

/** A disk that does not answer is none. */
const storeMsMax = 2_000
const settledMax = 1_000

interface OutboxOptions {
  userId: string
  store: OutboxStore
  stream: Pick<SharedStream, "isLeading" | "leads" | "notes" | "tell">
  submit?: typeof submitMessage
  now?: () => number
}

/**
 * Messages that are sent but not accepted yet. Each is stored first; then the leading tab sends it,
 * in order per destination. The idempotency key makes retries from any tab one message.
 */
export class Outbox {
  readonly #options: OutboxOptions
  /** Where an entry goes that the store does not take: this tab alone sends it then. */
  readonly #memory = createMemoryStore()
  readonly #hooks = new Map<string, SendHooks & { settle(outcome: SubmitOutcome): void }>()
  readonly #sending = new Map<string, AbortController>()
  /** Removed, though a list that was read before may still name them. */
  readonly #settled = new Set<string>()
  /** Not tried again before a wake. */
  readonly #held = new Set<string>()
  readonly #pauses = new Set<AbortController>()
  #endings: (() => void)[] = []
  #lastOrder = 0
  #isPumping = false
  #mustPump = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#endings.length > 0) return
    const { stream } = this.#options
    this.#endings = [
      stream.notes.add((note) => isOutboxNote(note) && this.#hear(note)),
      stream.leads.add((isLeading) => (isLeading ? this.#pump() : this.#stopSending())),
    ]
    this.#pump()
  }

  stop(): void {
    for (const end of this.#endings) end()
    this.#endings = []
    this.#stopSending()
  }

  /** The network or the page is back: retries waiting messages at once. */
  wake(): void {
    this.#held.clear()
    for (const pause of this.#pauses) pause.abort()
    this.#pump()
  }

  /** Stores a message and has it sent; settles when the server has answered, in any tab. */
  async send(message: OutgoingMessage, hooks: SendHooks): Promise<SubmitOutcome> {
    const { promise, resolve } = Promise.withResolvers<SubmitOutcome>()
    this.#hooks.set(message.key, { ...hooks, settle: resolve })
    const { userId, store } = this.#options
    const order = Math.max(this.#lastOrder + 1, this.#now())
    this.#lastOrder = order
    const entry = { ...message, userId, order, firstTryMs: null, refusal: null }
    try {
      await within(storeMsMax, store.put(entry))
      hooks.onStored()
    } catch (error) {
      // Full, or switched off. The draft keeps the text; the files live as long as the page.
      if (!(error instanceof DOMException || error instanceof Error)) throw error
      await this.#memory.put(entry)
    }
    this.#options.stream.tell({ outbox: "added", key: message.key } satisfies OutboxNote)
    return await promise
  }

  /** Somebody does not want to wait: whichever tab sends it tries again now. */
  tryNow(): void {
    this.#options.stream.tell({ outbox: "wake" } satisfies OutboxNote)
  }

  /** Takes a message back that has not been accepted yet. */
  cancel(key: string): void {
    this.#options.stream.tell({ outbox: "cancel", key } satisfies OutboxNote)
  }

  /** Resumes messages of earlier pages, with their outcomes. */
  async resume(
    isMine: (entry: OutboxEntry) => boolean,
    hooks: (entry: OutboxEntry) => SendHooks,
  ): Promise<{ entry: OutboxEntry; outcome: Promise<SubmitOutcome> }[]> {
    const entries = (await this.#list()).filter(
      (entry) => isMine(entry) && !this.#hooks.has(entry.key),
    )
    return entries.map((entry) => {
      const { promise, resolve } = Promise.withResolvers<SubmitOutcome>()
      this.#hooks.set(entry.key, { ...hooks(entry), settle: resolve })
      if (entry.refusal !== null) this.#settle(entry.key, { outcome: "refused", ...entry.refusal })
      return { entry, outcome: promise }
    })
  }

  #hear(note: OutboxNote): void {
    switch (note.outbox) {
      case "added":
        this.#settled.delete(note.key)
        return this.#pump()
      case "retrying":
        return this.#hooks.get(note.key)?.onRetrying()
      case "progress":
        return this.#hooks.get(note.key)?.onProgress?.(note.share)
      case "settled":
        return this.#settle(note.key, note.outcome)
      case "wake":
        return this.wake()
      case "cancel":
        void this.#cancel(note.key)
    }
  }

  /** Hands the outcome to the waiting caller; a refused message then lives only in its composer. */
  #settle(key: string, outcome: SubmitOutcome): void {
    const hooks = this.#hooks.get(key)
    if (hooks === undefined) return
    this.#hooks.delete(key)
    hooks.settle(outcome)
    if (outcome.outcome === "refused") void this.#remove(key)
  }

  async #cancel(key: string): Promise<void> {
    const sending = this.#sending.get(key)
    if (sending !== undefined) return sending.abort(takenBack)
    // Without a leader no tab sends; cancelling must also hide the entry from the next leader.
    if (!this.#maySend()) return
    await this.#remove(key)
    this.#tellSettled(key, { outcome: "cancelled" })
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  #maySend(): boolean {
    return this.#options.stream.isLeading && this.#endings.length > 0
  }

  async #list(): Promise<OutboxEntry[]> {
    const { store, userId } = this.#options
    const kept = await within(storeMsMax, store.list(userId)).catch(() => [])
    return [...kept, ...(await this.#memory.list(userId))]
  }

  async #remove(key: string): Promise<void> {
    this.#settled.add(key)
    const [oldest] = this.#settled
    if (this.#settled.size > settledMax && oldest !== undefined) this.#settled.delete(oldest)
    await this.#memory.delete(key)
    // Left behind, it is sent once more and answered as the message it already is.
    await this.#options.store.delete(key).catch(() => {})
  }

  #pump(): void {
    this.#mustPump = true
    if (this.#isPumping) return
    this.#isPumping = true
    void this.#pumpAll().finally(() => (this.#isPumping = false))
  }

  async #pumpAll(): Promise<void> {
    while (this.#mustPump) {
      this.#mustPump = false
      const own = new Set((await this.#memory.list(this.#options.userId)).map(({ key }) => key))
      const busy = new Set<string>()
      for (const entry of await this.#list()) {
        const place = placeOf(entry.destination, entry.key)
        if (entry.refusal !== null || this.#settled.has(entry.key) || busy.has(place)) continue
        busy.add(place)
        const mayStart = (this.#maySend() || own.has(entry.key)) && !this.#held.has(entry.key)
        if (mayStart && !this.#sending.has(entry.key)) void this.#sendOne(entry, own.has(entry.key))
      }
    }
  }

  async #sendOne(entry: OutboxEntry, isOwn: boolean): Promise<void> {
    const abort = new AbortController()
    this.#sending.set(entry.key, abort)
    const { key } = entry
    const store = isOwn ? this.#memory : this.#options.store
    const tried = { ...entry, firstTryMs: entry.firstTryMs ?? this.#now() }
    if (entry.firstTryMs === null) await store.put(tried).catch(() => {})
    const outcome = await (this.#options.submit ?? submitMessage)(tried, {
      signal: abort.signal,
      onRetrying: () => this.#options.stream.tell({ outbox: "retrying", key } satisfies OutboxNote),
      onProgress: (share) =>
        this.#options.stream.tell({ outbox: "progress", key, share } satisfies OutboxNote),
      waitFor: this.#waitFor,
    })
    await this.#keepOutcome(tried, outcome, store)
    this.#sending.delete(key)
    this.#pump()
  }

  async #keepOutcome(
    entry: OutboxEntry,
    outcome: SubmitOutcome,
    store: OutboxStore,
  ): Promise<void> {
    const { key } = entry
    // Another tab leads now, and sends it.
    if (outcome.outcome === "cancelled" && !this.#maySend() && store !== this.#memory) {
      return
    }
    if (outcome.outcome === "refused" && outcome.status === 401) {
      // Signed out: it stays its person's, and goes out when they are back.
      this.#held.add(key)
      this.#options.stream.tell({ outbox: "retrying", key } satisfies OutboxNote)
      return
    }
    if (outcome.outcome !== "refused") await this.#remove(key)
    else {
      const { status, code, message } = outcome
      await store.put({ ...entry, refusal: { status, code, message } }).catch(() => {})
    }
    this.#tellSettled(key, outcome)
  }

  #tellSettled(key: string, outcome: SubmitOutcome): void {
    this.#options.stream.tell({ outbox: "settled", key, outcome } satisfies OutboxNote)
  }

  #stopSending(): void {
    for (const abort of this.#sending.values()) abort.abort()
  }

  /** A pause that a wake ends. */
  readonly #waitFor: Wait = async (ms, signal) => {
    const pause = new AbortController()
    this.#pauses.add(pause)
    await wait(ms, AbortSignal.any([pause.signal, signal]))
    this.#pauses.delete(pause)
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new DOMException("too slow", "TimeoutError")), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Messages of one conversation go one after the other; those that begin one do not wait. */
function placeOf(destination: Destination, key: string): string {
  return destination.kind === "conversation" ? destination.id : key
}
