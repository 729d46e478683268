import { randomUuid } from "#lib/client/random-uuid.ts"
import type { ConnectionState } from "#lib/client/stream/event-reader.ts"
import { Followers, type Followed } from "#lib/client/stream/followers.ts"
import type { UserStream, UserStreamOptions } from "#lib/client/stream/user-stream.ts"
import type { Payload } from "#lib/transcript/journal-row.ts"

import { LeaderWatch } from "./leader-watch.ts"
import { Leadership, type Locks } from "./leadership.ts"
import { Listeners } from "./listeners.ts"
import type { SharedStreamState, TabChannel, TabMessage } from "./tab-channel.ts"
import { TabPeers } from "./tab-peers.ts"

export interface SharedStreamOptions {
  locks: Locks
  openChannel(onMessage: (message: TabMessage) => void): TabChannel
  createStream(events: Omit<UserStreamOptions, "url" | "headers" | "createReader">): UserStream
  /** Names the person and the browser. */
  lockName: string
  isVisible(): boolean
  random?: () => number
}

/**
 * The events of a person's conversations in one tab: over its own connection if it leads the
 * browser's tabs, else from the leading tab. Events are facts: a tab accepts the next one from any
 * source, and requests missing ones from its own position.
 */
export class SharedStream {
  readonly #options: SharedStreamOptions
  readonly #id = randomUuid()
  readonly #followers = new Followers((id) => this.catchUp(id))
  /** The state of the connection. */
  readonly states = new Listeners<SharedStreamState>()
  /** `conversation` events. */
  readonly conversations = new Listeners<Payload>()
  /** Messages between tabs, including this tab's own. */
  readonly notes = new Listeners<unknown>()
  /** Whether this tab leads. */
  readonly leads = new Listeners<boolean>()
  readonly #peers = new TabPeers()
  readonly #leadership: Leadership
  readonly #watch: LeaderWatch
  #channel: TabChannel | null = null
  #stream: UserStream | null = null
  #state: SharedStreamState = { connection: "connecting", closedStatus: null, opened: 0 }
  #isStarted = false
  /** The leader knows our positions; messages sent before it led were lost. */
  #isJoined = false

  constructor(options: SharedStreamOptions) {
    this.#options = options
    this.#leadership = new Leadership({
      name: options.lockName,
      locks: options.locks,
      onLead: () => this.#lead(),
      onLost: () => this.#stepDown(),
    })
    this.#watch = new LeaderWatch({
      isVisible: () => options.isVisible(),
      ask: () => this.#onSilence(),
      seize: () => {
        if (!this.isLeading && this.#state.connection !== "closed") this.#leadership.seize()
      },
      onSlept: () => this.#joinAnew(),
      random: options.random ?? Math.random,
    })
  }

  get isLeading(): boolean {
    return this.#stream !== null
  }

  getState = (): SharedStreamState => this.#state

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#channel = this.#options.openChannel((message) => this.#hear(message))
    this.#joinAnew()
    this.#leadership.start()
    this.#watch.start()
  }

  /** The page goes, or may be kept for later: somebody else leads at once. */
  stop(): void {
    if (!this.#isStarted) return
    this.#isStarted = false
    this.#watch.stop()
    this.#post({ type: "leave" })
    this.#leadership.stop()
    this.#channel?.close()
    this.#channel = null
  }

  follow(conversationId: string, followed: Followed): () => void {
    this.#followers.add(conversationId, followed)
    this.catchUp(conversationId)
    return () => {
      if (!this.#followers.delete(conversationId, followed)) return
      this.#leaveUnfollowed([conversationId])
      if (!this.isLeading) this.#ping()
    }
  }

  /** Requests the events after the tab's position. */
  catchUp(conversationId: string): void {
    const cursors = this.#followers.cursors().filter(([id]) => id === conversationId)
    if (this.#stream === null) this.#post({ type: "join", cursors })
    else for (const [id, seq] of cursors) this.#stream.follow(id, seq)
  }

  wake(reason: "visible" | "online"): void {
    if (!this.#isStarted) return
    // The server has refused: somebody may have signed in again.
    if (this.#state.connection === "closed") this.#leadership.start()
    if (this.#stream !== null) this.#stream.wake(reason)
    else {
      this.#post({ type: "wake", reason })
      this.#joinAnew()
      this.#watch.start()
    }
  }

  /** The network is gone. */
  sleep(): void {
    this.#stream?.sleep()
  }

  /** Tells the other tabs, and this one, something that is no event of the stream. */
  tell(note: unknown): void {
    this.#post({ type: "note", note })
    this.notes.tell(note)
  }

  #lead(): void {
    this.#stream = this.#options.createStream({
      onRows: (id, rows) => this.#spread({ type: "rows", conversationId: id, rows }),
      onStale: (id, afterSeq) => this.#spread({ type: "stale", conversationId: id, afterSeq }),
      onConversation: (payload) => this.#spread({ type: "conversation", payload }),
      onState: (connection) => this.#setConnection(connection),
      onOpened: () => this.#setState({ ...this.#state, opened: this.#state.opened + 1 }),
      onClosed: (closedStatus) => {
        this.#setState({ ...this.#state, connection: "closed", closedStatus })
        this.#leadership.stop()
      },
    })
    this.#post({ type: "lead" })
    for (const [id, seq] of this.#followers.cursors()) this.#stream.follow(id, seq)
    this.#stream.start()
    this.leads.tell(true)
  }

  #stepDown(): void {
    this.#stream?.stop()
    this.#stream = null
    this.#peers.clear()
    this.#watch.heard()
    this.leads.tell(false)
    this.#joinAnew()
  }

  #setConnection(connection: ConnectionState): void {
    if (connection === "closed" || this.#staysClosed(connection)) return
    this.#setState({ ...this.#state, connection, closedStatus: null })
  }

  /** A refusal is shown until the connection is back. */
  #staysClosed(connection: ConnectionState): boolean {
    return this.#state.connection === "closed" && connection !== "live"
  }

  /** The state of the leader's connection, which the following tabs hear as well. */
  #setState(state: SharedStreamState): void {
    this.#show(state)
    if (this.isLeading) this.#post({ type: "line", line: state })
  }

  #show(state: SharedStreamState): void {
    this.#state = state
    this.states.tell(state)
  }

  #spread(message: Spread): void {
    this.#take(message)
    const isWanted =
      message.type === "conversation"
        ? this.#peers.size > 0
        : this.#peers.follow(message.conversationId)
    if (isWanted) this.#post(message)
  }

  #hear(message: TabMessage): void {
    switch (message.type) {
      case "join":
        if (this.#stream === null) return
        this.#peers.add(
          message.from,
          message.cursors.map(([id]) => id),
        )
        for (const [id, seq] of message.cursors) this.#stream.follow(id, seq)
        return this.#post({ type: "line", line: this.#state })
      case "ping":
        if (this.#stream === null) return
        this.#leaveUnfollowed(this.#peers.set(message.from, message.ids))
        return this.#post({ type: "line", line: this.#state })
      case "leave":
        return this.#leaveUnfollowed(this.#peers.delete(message.from))
      case "wake":
        return this.#stream?.wake(message.reason)
      case "note":
        return this.notes.tell(message.note)
      case "lead":
        this.#isJoined = false
        return this.#hearLeader()
      case "line":
        this.#hearLeader()
        if (!this.isLeading && !this.#staysClosed(message.line.connection)) this.#show(message.line)
        return
      case "rows":
      case "stale":
      case "conversation":
        this.#hearLeader()
        this.#take(message)
    }
  }

  #take(message: Spread): void {
    switch (message.type) {
      case "rows":
        return this.#followers.takeRows(message.conversationId, message.rows)
      case "stale":
        return this.#followers.takeStale(message.conversationId, message.afterSeq)
      case "conversation":
        return this.conversations.tell(message.payload)
    }
  }

  #hearLeader(): void {
    this.#watch.heard()
    if (this.#isJoined || this.isLeading) return
    this.#isJoined = true
    this.#join()
  }

  /** Messages may have been lost, and a new leader may not lead yet: joins again. */
  #joinAnew(): void {
    this.#isJoined = false
    if (!this.isLeading) this.#join()
  }

  #join(): void {
    this.#post({ type: "join", cursors: this.#followers.cursors() })
  }

  #ping(): void {
    this.#post({ type: "ping", ids: this.#followers.ids() })
  }

  #onSilence(): void {
    if (this.isLeading) this.#leaveUnfollowed(this.#peers.deleteSilent())
    else this.#ping()
  }

  #leaveUnfollowed(conversationIds: readonly string[]): void {
    for (const id of conversationIds) {
      if (!this.#followers.has(id) && !this.#peers.follow(id)) this.#stream?.leave(id)
    }
  }

  #post(message: TabMessageBody): void {
    this.#channel?.post({ ...message, from: this.#id })
  }
}

type WithoutFrom<T> = T extends unknown ? Omit<T, "from"> : never
type TabMessageBody = WithoutFrom<TabMessage>
type Spread = Extract<TabMessageBody, { type: "rows" | "stale" | "conversation" }>
