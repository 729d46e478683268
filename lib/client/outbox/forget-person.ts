import { forgetDrafts } from "./drafts.ts"
import { openOutboxStore } from "./outbox-store.ts"

/** Deletes a person's unsent and in-flight texts from this browser. */
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
