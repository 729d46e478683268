import { api, isApiError } from "#lib/client/api/api.ts"
import type { OutboxEntry, OutgoingFile } from "#lib/client/outbox/outbox-store.ts"
import type { Outbox, SendHooks } from "#lib/client/outbox/outbox.ts"
import type { SubmitOutcome } from "#lib/client/outbox/submit.ts"
import type { SharedStream } from "#lib/client/tabs/shared-stream.ts"
import type { SharedStreamState } from "#lib/client/tabs/tab-channel.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import {
  changeTurn,
  emptyConversation,
  forgetAfter,
  prependHistory,
  reduceEvents,
  type ConversationState,
  type Outgoing,
} from "#lib/transcript/reduce-events.ts"

import type { ConnectionState } from "./event-reader.ts"

export interface SessionState {
  conversation: ConversationState
  connection: ConnectionState
  /** The server refused for good with this status: 401, 403 or 404. */
  closedStatus: number | null
  older: "idle" | "loading" | "failed"
}

interface Message {
  /** One UUID per click of Send. */
  key: string
  text: string
  files: readonly OutgoingFile[]
}

interface SessionOptions {
  conversationId: string
  stream: SharedStream
  outbox: Outbox
  /** A message of an earlier page was refused or cancelled. */
  onReturned: (entry: OutboxEntry, outcome: SubmitOutcome) => void
  /** The state the page was made from. */
  initial: ConversationState
  /** Runs a flush soon: once a frame, so that a fast stream renders at the pace of the screen. */
  schedule(flush: () => void): void
}

const olderRowsPerPage = 500

/**
 * One open conversation: its state, its stream and its outgoing messages. The state is immutable;
 * listeners are notified once per frame.
 */
export class ConversationSession {
  readonly #options: SessionOptions
  readonly #listeners = new Set<() => void>()
  #state: SessionState
  #waiting: JournalRow[] = []
  #endings: (() => void)[] = []
  #isRefilling = false
  #isGone = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#state = {
      conversation: options.initial,
      connection: "connecting",
      closedStatus: null,
      older: "idle",
    }
  }

  getState = (): SessionState => this.#state

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    if (this.#endings.length > 0) return
    const { stream, conversationId } = this.#options
    this.#endings = [
      stream.states.add((state) => this.#showStream(state)),
      stream.conversations.add((payload) => {
        if (payload["id"] !== conversationId) return
        this.#isGone = payload["deleted"] === true
        this.#showStream(stream.getState())
      }),
      stream.follow(conversationId, {
        lastSeq: () => this.#lastSeq(),
        onRows: (rows) => this.#receive(rows),
        onStale: (afterSeq) => this.#onStale(afterSeq),
      }),
    ]
    this.#showStream(stream.getState())
    void this.#resumeLeft()
  }

  stop(): void {
    for (const end of this.#endings) end()
    this.#endings = []
  }

  /**
   * Sends one click's message; its row stands in the thread until its `message` event comes.
   * @param onStored it is kept on this machine: the page may go
   */
  async send(message: Message, onStored: () => void): Promise<SubmitOutcome> {
    this.#changeOutgoing((rows) => [...rows, toOutgoing(message)])
    const { conversationId: id, outbox } = this.#options
    const outcome = await outbox.send(
      { ...message, destination: { kind: "conversation", id } },
      { onStored, ...this.#told(message.key) },
    )
    this.#finish(message.key, outcome)
    return outcome
  }

  /** Gives up a message that has not been accepted yet; `send` then answers `cancelled`. */
  cancel = (key: string): void => {
    this.#options.outbox.cancel(key)
  }

  /** Resumes unanswered messages of earlier pages. */
  async #resumeLeft(): Promise<void> {
    const { conversationId, outbox, onReturned } = this.#options
    const left = await outbox.resume(
      ({ destination }) => destination.kind === "conversation" && destination.id === conversationId,
      ({ key }) => ({ onStored: () => {}, ...this.#told(key) }),
    )
    for (const { entry, outcome } of left) {
      if (this.#isShown(entry.key)) continue
      this.#changeOutgoing((rows) => [...rows, toOutgoing(entry)])
      void outcome.then((settled) => {
        this.#finish(entry.key, settled)
        if (settled.outcome !== "accepted") onReturned(entry, settled)
      })
    }
  }

  /** Hooks for the progress of an outgoing message. */
  #told(key: string): Omit<SendHooks, "onStored"> {
    return {
      onRetrying: () => this.#edit(key, { isRetrying: true, sentShare: null }),
      onProgress: (sentShare) => this.#edit(key, { isRetrying: false, sentShare }),
    }
  }

  #edit(key: string, change: Partial<Outgoing>): void {
    this.#changeOutgoing((rows) =>
      rows.map((row) => (row.key === key ? { ...row, ...change } : row)),
    )
  }

  #finish(key: string, outcome: SubmitOutcome): void {
    if (outcome.outcome === "accepted" && !this.#isShown(key)) {
      this.#edit(key, { isAccepted: true, isRetrying: false })
    } else {
      this.#changeOutgoing((rows) => rows.filter((row) => row.key !== key))
    }
  }

  async loadOlder(): Promise<void> {
    const { firstSeq } = this.#state.conversation
    if (this.#state.older === "loading" || firstSeq === null || firstSeq <= 1) return
    this.#update({ older: "loading" })
    try {
      const range = { beforeSeq: firstSeq, limit: olderRowsPerPage }
      const rows = await api.listHistory(this.#options.conversationId, range)
      this.#flush()
      const conversation = prependHistory(this.#state.conversation, rows)
      this.#update({ conversation, older: "idle" })
    } catch (error) {
      if (!isApiError(error)) throw error
      this.#update({ older: "failed" })
    }
  }

  /** Shows a turn as these rows say it is. */
  changeTurn(turnId: string, change: Parameters<typeof changeTurn>[2]): void {
    this.#flush()
    this.#update({ conversation: changeTurn(this.#state.conversation, turnId, change) })
  }

  #lastSeq(): number {
    return this.#waiting.at(-1)?.seq ?? this.#state.conversation.lastSeq
  }

  #receive(rows: readonly JournalRow[]): void {
    if (this.#isRefilling) return
    if (this.#waiting.length === 0) this.#options.schedule(() => this.#flush())
    this.#waiting.push(...rows)
  }

  #onStale(afterSeq: number): void {
    this.#flush()
    const { conversation } = this.#state
    if (afterSeq > conversation.lastSeq) void this.#refill(afterSeq)
    else this.#update({ conversation: forgetAfter(conversation, afterSeq) })
  }

  #showStream({ connection, closedStatus }: SharedStreamState): void {
    const change = { connection, closedStatus: this.#isGone ? 404 : closedStatus }
    const state = this.#state
    if (state.connection !== connection || state.closedStatus !== change.closedStatus) {
      this.#update(change)
    }
  }

  /** The stream starts later than our state: loads the gap from the history. */
  async #refill(afterSeq: number): Promise<void> {
    if (this.#isRefilling) return
    this.#isRefilling = true
    try {
      while (this.#state.conversation.lastSeq < afterSeq) {
        const { conversation } = this.#state
        const range = { sinceSeq: conversation.lastSeq }
        const rows = await api.listHistory(this.#options.conversationId, range)
        if (rows.length === 0) break
        this.#update({ conversation: reduceEvents(conversation, rows) })
      }
    } catch (error) {
      // Asked again from where we are, the stream says `stale` again.
      if (!isApiError(error)) throw error
    } finally {
      this.#isRefilling = false
    }
    this.#options.stream.catchUp(this.#options.conversationId)
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const rows = this.#waiting
    this.#waiting = []
    const conversation = reduceEvents(this.#state.conversation, rows)
    if (conversation !== this.#state.conversation) this.#update({ conversation })
  }

  #isShown(key: string): boolean {
    return this.#state.conversation.turns.some((t) => t.view.message?.idempotencyKey === key)
  }

  #changeOutgoing(change: (rows: readonly Outgoing[]) => readonly Outgoing[]): void {
    const { conversation } = this.#state
    this.#update({ conversation: { ...conversation, outgoing: change(conversation.outgoing) } })
  }

  #update(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** The state of a page: the newest rows of the journal up to the snapshot it was made from. */
export function stateFromHistory(
  rows: readonly JournalRow[],
  snapshot: { title: string | null; lastSeq: number },
): ConversationState {
  const state = reduceEvents(emptyConversation(snapshot.title), rows)
  return {
    ...state,
    title: snapshot.title ?? state.title,
    lastSeq: Math.max(state.lastSeq, snapshot.lastSeq),
  }
}

function toOutgoing(message: Pick<Message, "key" | "text" | "files">): Outgoing {
  return {
    key: message.key,
    text: message.text,
    files: message.files.map((file) => ({
      name: file.filename,
      type: file.content_type,
      sizeBytes: Math.floor((file.data_b64.length * 3) / 4),
    })),
    atMs: Date.now(),
    isAccepted: false,
    isRetrying: false,
    sentShare: null,
  }
}
