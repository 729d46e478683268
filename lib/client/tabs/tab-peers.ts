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

  /**
   * A tab follows these and no others.
   * @returns what it does not follow any more
   */
  set(peer: string, ids: readonly string[]): string[] {
    const before = this.#peers.get(peer)?.ids ?? new Set<string>()
    this.#peers.set(peer, { ids: new Set(ids), heardMs: performance.now() })
    return [...before].filter((id) => !ids.includes(id))
  }

  /** @returns what it followed */
  delete(peer: string): string[] {
    const ids = [...(this.#peers.get(peer)?.ids ?? [])]
    this.#peers.delete(peer)
    return ids
  }

  /** @returns what tabs followed that have not been heard of for long */
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
