import { api, isApiError } from "#lib/client/api/api.ts"
import type { ConversationItem, ConversationState } from "#lib/protocol/conversations.ts"
import type { Payload } from "#lib/transcript/journal-row.ts"

interface ConversationListState {
  items: readonly ConversationItem[]
  /** Null at the end of the list. */
  nextCursor: string | null
  more: "idle" | "loading" | "failed"
}

/** How long a delete can be undone: the request leaves only then. */
export const undoMs = 6_000

/** The conversations of the sidebar, newest activity first. */
export class ConversationList {
  readonly #listeners = new Set<() => void>()
  /** `items`: its row, unless it is beyond the loaded pages. */
  readonly #deletes = new Map<string, { items: readonly ConversationItem[]; timer: number }>()
  #state: ConversationListState
  #refreshing: Promise<void> | null = null

  constructor(first: { items: readonly ConversationItem[]; nextCursor: string | null }) {
    this.#state = { ...first, more: "idle" }
  }

  getState = (): ConversationListState => this.#state

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reloads the first page and keeps the others. Failures wait for the next refresh. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#fetchFirstPage().finally(() => (this.#refreshing = null))
    return this.#refreshing
  }

  async loadMore(): Promise<void> {
    const { nextCursor, more } = this.#state
    if (nextCursor === null || more === "loading") return
    this.#update({ more: "loading" })
    try {
      const page = await api.listConversations({ cursor: nextCursor })
      this.#update({
        items: this.#ordered([...this.#state.items, ...page.conversations]),
        nextCursor: page.next_cursor ?? null,
        more: "idle",
      })
    } catch (error) {
      if (!isApiError(error)) throw error
      this.#update({ more: "failed" })
    }
  }

  /** Applies a `conversation` event, which overrides local state. */
  receive(payload: Payload): void {
    const state = asState(payload)
    const others = this.#state.items.filter((item) => item.id !== state.id)
    if ("deleted" in state) {
      if (others.length < this.#state.items.length) this.#update({ items: others })
      return
    }
    const { title, last_text, ...rest } = state
    const item: ConversationItem = {
      ...rest,
      ...(title === null ? {} : { title }),
      ...(last_text === null ? {} : { last_text }),
    }
    const isLoaded = others.length < this.#state.items.length
    if (!isLoaded && !this.#belongs(item)) return
    this.#update({ items: this.#ordered([...others, item]) })
  }

  /** Applies a person's change optimistically. */
  patch(id: string, change: Partial<ConversationItem>): void {
    const item = this.#state.items.find((candidate) => candidate.id === id)
    if (item === undefined || isSame(item, change)) return
    const items = this.#state.items.map((other) =>
      other.id === id ? { ...other, ...change } : other,
    )
    this.#update({ items: this.#ordered(items) })
  }

  /** @throws ApiError when the server refuses; the old title is back by then */
  async rename(id: string, title: string): Promise<void> {
    const before = this.#state.items.find((item) => item.id === id)?.title
    this.patch(id, { title })
    try {
      const renamed = await api.rename(id, title)
      this.patch(id, { title: renamed.title ?? "" })
    } catch (error) {
      this.patch(id, { title: before ?? "" })
      throw error
    }
  }

  /** Takes a conversation out of the list; the request leaves after the time to undo. */
  delete(id: string): void {
    if (this.#deletes.has(id)) return
    const { items } = this.#state
    const timer = window.setTimeout(() => this.#sendDelete(id), undoMs)
    this.#deletes.set(id, { items: items.filter((item) => item.id === id), timer })
    this.#update({ items: items.filter((item) => item.id !== id) })
  }

  undoDelete(id: string): void {
    const held = this.#deletes.get(id)
    if (held === undefined) return
    window.clearTimeout(held.timer)
    this.#deletes.delete(id)
    this.#update({ items: this.#ordered([...this.#state.items, ...held.items]) })
  }

  /** The page is closing: sends pending deletes at once. */
  flushDeletes(): void {
    for (const [id, { timer }] of this.#deletes) {
      window.clearTimeout(timer)
      this.#sendDelete(id)
    }
  }

  #sendDelete(id: string): void {
    api.delete(id).then(
      () => this.#deletes.delete(id),
      (error: unknown) => {
        if (isApiError(error) && error.status === 404) this.#deletes.delete(id)
        else this.undoDelete(id)
      },
    )
  }

  async #fetchFirstPage(): Promise<void> {
    try {
      const page = await api.listConversations({})
      const fresh = new Set(page.conversations.map((item) => item.id))
      const oldest = page.conversations.at(-1)?.last_activity_at ?? ""
      const isBehind = (item: ConversationItem) =>
        !fresh.has(item.id) && page.next_cursor !== undefined && item.last_activity_at <= oldest
      const behind = this.#state.items.filter(isBehind)
      this.#update({
        items: this.#ordered([...page.conversations, ...behind]),
        nextCursor: behind.length === 0 ? (page.next_cursor ?? null) : this.#state.nextCursor,
      })
    } catch (error) {
      if (!isApiError(error)) throw error
    }
  }

  /** Whether an unloaded item falls within the loaded range. */
  #belongs(item: ConversationItem): boolean {
    if (item.mode !== "standard" || item.channel_kind === "email") return false
    const oldest = this.#state.items.at(-1)?.last_activity_at ?? ""
    return this.#state.nextCursor === null || item.last_activity_at > oldest
  }

  #ordered(items: readonly ConversationItem[]): ConversationItem[] {
    const byId = new Map(items.map((item) => [item.id, item]))
    return [...byId.values()]
      .filter((item) => !this.#deletes.has(item.id))
      .toSorted((a, b) => (a.last_activity_at < b.last_activity_at ? 1 : -1))
  }

  #update(change: Partial<ConversationListState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Our own server's event, so its shape is believed. */
function asState(payload: Payload): ConversationState | { id: string; deleted: true } {
  return payload as unknown as ConversationState | { id: string; deleted: true }
}

function isSame(item: ConversationItem, change: Partial<ConversationItem>): boolean {
  return Object.entries(change).every(([name, value]) => Reflect.get(item, name) === value)
}
