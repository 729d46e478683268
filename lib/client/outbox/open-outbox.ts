import type { TabLine } from "#lib/client/tabs/tab-line.ts"

import { createMemoryStore, openOutboxStore } from "./outbox-store.ts"
import { Outbox } from "./outbox.ts"

/** The outbox of this browser, for the person whose page it is. It has to be started. */
export function openOutbox(userId: string, line: TabLine): Outbox {
  const store = "indexedDB" in globalThis ? openOutboxStore(indexedDB) : createMemoryStore()
  return new Outbox({ userId, store, line })
}
