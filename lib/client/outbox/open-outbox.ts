import type { SharedStream } from "#lib/client/tabs/shared-stream.ts"

import { createMemoryStore, openOutboxStore } from "./outbox-store.ts"
import { Outbox } from "./outbox.ts"

/** The outbox of this browser, for the person whose page it is. It has to be started. */
export function openOutbox(userId: string, stream: SharedStream): Outbox {
  const store = "indexedDB" in globalThis ? openOutboxStore(indexedDB) : createMemoryStore()
  return new Outbox({ userId, store, stream })
}
