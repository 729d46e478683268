import { hash } from "node:crypto"

import type { Log } from "#lib/log.ts"
import type { Bus, Subscription } from "#lib/redis/bus.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"

/** Hints of one moment become one query. */
const gatherMs = 30
const tickMs = 1_000
/** Interval at which polling catches missed hints; longer with very many followers. */
const pollMs = 3_000
const followersPerPoll = 100
const notedMax = 2_000
const notedPerQuery = 200
const knownMax = 300

interface Viewer {
  tenantId: string
  userId: string
}

/** A conversation as one person's list shows it. */
interface ListedState {
  userId: string
  conversationId: string
  /** One line of JSON: the payload of a `conversation` event. */
  json: string
}

/**
 * Reads list states from the database. Results omit conversations that are deleted or not the
 * viewer's.
 */
interface StateSource {
  /** The viewers' conversations of latest activity. */
  listNewest(viewers: readonly Viewer[]): Promise<ListedState[]>
  listNamed(viewers: readonly Viewer[], conversationIds: readonly string[]): Promise<ListedState[]>
}

/** A stream that wants to know how its person's list changes. */
export interface Follower extends Viewer {
  /** Digests of the last states sent to it, by conversation; maintained by the feed. */
  readonly known: Map<string, string>
  isReading(conversationId: string): boolean
  tell(conversationId: string, json: string): void
  tellGone(conversationId: string): void
}

interface FeedOptions {
  source: StateSource
  bus: Bus
  keys: RedisKeys
  log: Log
}

/**
 * Notifies streams when a conversation's list entry changes. Hints carry only conversation ids; the
 * states are read from the database, in one query for all followers of the process. Polling catches
 * missed hints.
 */
export class ChangeFeed {
  readonly #options: FeedOptions
  /** Each follower, and when it was last compared, in ms of the monotonic clock. */
  readonly #followers = new Map<Follower, number>()
  readonly #noted = new Set<string>()
  #subscription: Subscription | null = null
  #timer: NodeJS.Timeout | null = null
  #isRunning = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /**
   * Reads the current state of a person's list: the newest conversations, and the named ones.
   * @returns initial digests for `Follower.known`
   */
  async readKnown(viewer: Viewer, named: readonly string[]): Promise<Map<string, string>> {
    const { source } = this.#options
    const [newest, others] = await Promise.all([
      source.listNewest([viewer]),
      named.length === 0 ? [] : source.listNamed([viewer], named),
    ])
    return new Map(
      [...newest, ...others].map((state) => [state.conversationId, digestOf(state.json)]),
    )
  }

  /** @returns ends it */
  follow(follower: Follower): () => void {
    // Never compared, so the first round finds changes made since `known` was read.
    this.#followers.set(follower, -Infinity)
    this.#timer ??= setInterval(() => this.#wake(), tickMs).unref()
    this.#subscription ??= this.#options.bus.subscribe(this.#options.keys.changesChannel(), (id) =>
      this.#hear(id),
    )
    this.#wake()
    return () => this.#leave(follower)
  }

  /** A conversation may look different now: tells this process and all others. */
  note(conversationId: string): void {
    this.#hear(conversationId)
    this.#options.bus.publish(this.#options.keys.changesChannel(), conversationId)
  }

  /** Tells a follower of a conversation, changed or not. */
  look(follower: Follower, conversationId: string): void {
    follower.known.set(conversationId, "")
    this.#hear(conversationId)
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower)
    if (this.#followers.size > 0) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#subscription?.close()
    this.#timer = null
    this.#subscription = null
    this.#noted.clear()
  }

  #hear(conversationId: string): void {
    if (this.#followers.size === 0) return
    if (this.#noted.size < notedMax) this.#noted.add(conversationId)
    // Too many to ask for one by one: everybody's list is compared instead.
    else for (const follower of this.#followers.keys()) this.#followers.set(follower, -Infinity)
    this.#wake()
  }

  #wake(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run()
      .catch((error: unknown) => {
        // The next tick compares again.
        this.#options.log.warn({ err: error }, "lists could not be compared")
      })
      .finally(() => {
        this.#isRunning = false
        if (this.#noted.size > 0) this.#wake()
      })
  }

  /** Serializes the queries, so that a follower never gets an older state after a newer one. */
  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gatherMs))
    if (this.#noted.size > 0) await this.#compareNoted()
    await this.#compareDue()
  }

  async #compareNoted(): Promise<void> {
    const ids = [...this.#noted].slice(0, notedPerQuery)
    for (const id of ids) this.#noted.delete(id)
    const followers = [...this.#followers.keys()]
    const states = await this.#options.source.listNamed(viewersOf(followers), ids)
    this.#tell(followers, states, () => ids)
  }

  async #compareDue(): Promise<void> {
    const now = performance.now()
    const due = [...this.#followers]
      .filter(([, comparedMs]) => now - comparedMs >= pollMs)
      .slice(0, followersPerPoll)
      .map(([follower]) => follower)
    if (due.length === 0) return
    for (const follower of due) {
      // Move it to the end, so that the next poll starts with the least recently compared.
      this.#followers.delete(follower)
      this.#followers.set(follower, now)
    }
    const { source } = this.#options
    const viewers = viewersOf(due)
    const newest = await source.listNewest(viewers)
    const seen = new Set(newest.map((state) => state.conversationId))
    const others = new Set(
      due.flatMap(({ known }) => [...known.keys()]).filter((id) => !seen.has(id)),
    )
    const named = others.size === 0 ? [] : await source.listNamed(viewers, [...others])
    this.#tell(due, [...newest, ...named], ({ known }) => [...known.keys()])
  }

  /** @param compared which of the conversations a follower knows were asked for */
  #tell(
    followers: readonly Follower[],
    states: readonly ListedState[],
    compared: (follower: Follower) => readonly string[],
  ): void {
    const byUser = Map.groupBy(states, (state) => state.userId)
    for (const follower of followers) {
      if (!this.#followers.has(follower)) continue
      const own = byUser.get(follower.userId) ?? []
      const there = new Set(own.map((state) => state.conversationId))
      for (const id of compared(follower)) {
        if (!there.has(id) && follower.known.delete(id)) follower.tellGone(id)
      }
      for (const state of own) tellChanged(follower, state)
    }
  }
}

function tellChanged(follower: Follower, { conversationId, json }: ListedState): void {
  const { known } = follower
  const digest = digestOf(json)
  if (known.get(conversationId) === digest) return
  known.delete(conversationId)
  known.set(conversationId, digest)
  forgetOldest(follower)
  follower.tell(conversationId, json)
}

function forgetOldest(follower: Follower): void {
  if (follower.known.size <= knownMax) return
  for (const id of follower.known.keys()) {
    if (follower.isReading(id)) continue
    follower.known.delete(id)
    return
  }
}

function viewersOf(followers: readonly Follower[]): Viewer[] {
  const byUser = new Map(followers.map(({ userId, tenantId }) => [userId, { userId, tenantId }]))
  return [...byUser.values()]
}

function digestOf(json: string): string {
  return hash("sha1", json, "base64")
}
