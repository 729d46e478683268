/** A tab that says nothing for this long is gone: hidden ones may speak only once a minute. */
const silentMsMax = 150_000

/** The other tabs, as the one that leads them knows them: which conversations they follow. */
export class TabPeers {
  readonly #peers = new Map<string, { ids: ReadonlySet<string>; heardMs: number }>()

  get size(): number {
    return this.#peers.size
  }

  follow(conversationId: string): boolean {
    return [...this.#peers.values()].some(({ ids }) => ids.has(conversationId))
  }

  /** A tab follows these as well. */
  add(peer: string, ids: readonly string[]): void {
    const known = this.#peers.get(peer)?.ids ?? []
    this.#peers.set(peer, { ids: new Set([...known, ...ids]), heardMs: performance.now() })
  }

  /** Replaces the conversations that a tab follows. @returns those it no longer follows */
  set(peer: string, ids: readonly string[]): string[] {
    const before = this.#peers.get(peer)?.ids ?? new Set<string>()
    this.#peers.set(peer, { ids: new Set(ids), heardMs: performance.now() })
    return [...before].filter((id) => !ids.includes(id))
  }

  /** @returns the conversations it followed */
  delete(peer: string): string[] {
    const ids = [...(this.#peers.get(peer)?.ids ?? [])]
    this.#peers.delete(peer)
    return ids
  }

  /** @returns the conversations of tabs that went silent */
  deleteSilent(): string[] {
    const now = performance.now()
    return [...this.#peers].flatMap(([peer, { heardMs }]) =>
      now - heardMs > silentMsMax ? this.delete(peer) : [],
    )
  }

  clear(): void {
    this.#peers.clear()
  }
}
