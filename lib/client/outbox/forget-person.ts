import { forgetDrafts } from "./drafts.ts"
import { openOutboxStore } from "./outbox-store.ts"

/** Removes what this browser has kept of a person: texts that were not sent, and those on their way. */
export async function forgetPerson(userId: string): Promise<void> {
  forgetDrafts()
  if (!("indexedDB" in globalThis)) return
  const store = openOutboxStore(indexedDB)
  try {
    for (const { key } of await store.list(userId)) await store.delete(key)
  } catch (error) {
    // A browser that keeps nothing has nothing to forget.
    if (!(error instanceof DOMException)) throw error
  }
}
