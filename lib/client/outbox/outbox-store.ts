export interface OutgoingFile {
  filename: string
  content_type: string
  data_b64: string
}

/** Where a message goes: into a conversation, or into one that has to be made first. */
export type Destination =
  | { kind: "conversation"; id: string }
  /** The key of the making is the message's own. */
  | { kind: "new"; agentId: string }

/** One click of Send, kept until the server has it. */
export interface OutboxEntry {
  /** The UUID of that click: every try carries it, from whichever tab, on whichever day. */
  key: string
  userId: string
  destination: Destination
  text: string
  files: readonly OutgoingFile[]
  /** Orders it after earlier messages. */
  order: number
  /** When it was first tried, in Unix ms; null = not yet. */
  firstTryMs: number | null
  /** The server will not take it: text and files wait for a composer. */
  refusal: Refusal | null
}

interface Refusal {
  status: number
  code: string
  message: string
}

export interface OutboxStore {
  /** Of one person, in the order they were sent. */
  list(userId: string): Promise<OutboxEntry[]>
  put(entry: OutboxEntry): Promise<void>
  delete(key: string): Promise<void>
}

const databaseName = "studio"
const storeName = "outbox"

/** The outbox on this machine's disk. @throws DOMException when the browser keeps nothing */
export function openOutboxStore(factory: IDBFactory): OutboxStore {
  let opened: Promise<IDBDatabase> | null = null
  const database = () => {
    opened ??= openDatabase(factory).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const run = async <T>(
    mode: IDBTransactionMode,
    ask: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    const transaction = (await database()).transaction(storeName, mode)
    const request = ask(transaction.objectStore(storeName))
    await settled(transaction)
    return request.result
  }
  return {
    async list(userId) {
      const entries = await run<OutboxEntry[]>("readonly", (store) =>
        store.index("userId").getAll(userId),
      )
      return entries.toSorted((a, b) => a.order - b.order)
    },
    async put(entry) {
      await run("readwrite", (store) => store.put(entry))
    },
    async delete(key) {
      await run("readwrite", (store) => store.delete(key))
    },
  }
}

/** Where nothing can be kept, a message lives as long as its page. */
export function createMemoryStore(): OutboxStore {
  const entries = new Map<string, OutboxEntry>()
  return {
    async list(userId) {
      return [...entries.values()]
        .filter((entry) => entry.userId === userId)
        .toSorted((a, b) => a.order - b.order)
    },
    async put(entry) {
      entries.set(entry.key, entry)
    },
    async delete(key) {
      entries.delete(key)
    },
  }
}

async function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(databaseName, 1)
  request.addEventListener("upgradeneeded", () => {
    request.result.createObjectStore(storeName, { keyPath: "key" }).createIndex("userId", "userId")
  })
  return await new Promise((resolve, reject) => {
    request.addEventListener("success", () => {
      const database = request.result
      // A newer page wants to change it: this one opens it again when it has to.
      database.addEventListener("versionchange", () => database.close())
      resolve(database)
    })
    request.addEventListener("error", () => reject(request.error ?? new Error("no database")))
    request.addEventListener("blocked", () => reject(new Error("the database is held")))
  })
}

/** Waits for the commit, because an uncommitted write can still be lost. */
async function settled(transaction: IDBTransaction): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve())
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("aborted")))
  })
}
