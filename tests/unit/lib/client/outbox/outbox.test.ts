import { setTimeout as sleep } from "node:timers/promises"

import fc from "fast-check"
import { expect, test, vi } from "vitest"

import {
  createMemoryStore,
  type OutboxEntry,
  type OutboxStore,
} from "#lib/client/outbox/outbox-store.ts"
import { Outbox } from "#lib/client/outbox/outbox.ts"
import type { SubmitOutcome, submitMessage } from "#lib/client/outbox/submit.ts"
import { Listeners } from "#lib/client/tabs/listeners.ts"
import type { SentShare } from "#lib/transcript/reduce-events.ts"

/** A browser: one store, tabs with shared messages and one leader, and a server. */
class Browser {
  readonly store = createMemoryStore()
  readonly tabs: Tab[] = []
  /** Accepted keys in order, each once. */
  readonly accepted: string[] = []
  isOnline = true
  refuses = new Set<string>()

  open(store: OutboxStore = this.store): Tab {
    const tab = new Tab(this, store)
    this.tabs.push(tab)
    if (this.tabs.length === 1) tab.lead(true)
    return tab
  }

  close(tab: Tab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    tab.outbox.stop()
    tab.lead(false)
    if (!this.tabs.some((other) => other.isLeading)) this.tabs[0]?.lead(true)
  }

  /** Like `submitMessage`: retries until answered; a known key counts as accepted. */
  readonly submit: typeof submitMessage = async (
    entry,
    { signal, onRetrying, onProgress, waitFor },
  ) => {
    for (;;) {
      if (signal.aborted) return { outcome: "cancelled" }
      await sleep(1)
      if (this.isOnline) break
      onRetrying()
      await waitFor?.(5, signal)
    }
    onProgress?.(0.5)
    if (this.refuses.has(entry.text)) {
      return { outcome: "refused", status: 422, code: "invalid_field", message: "No." }
    }
    if (!this.accepted.includes(entry.key)) this.accepted.push(entry.key)
    // The response may be lost together with the page.
    await sleep(1)
    if (signal.aborted) return { outcome: "cancelled" }
    return { outcome: "accepted", conversationId: "c" }
  }
}

class Tab {
  readonly leads = new Listeners<boolean>()
  readonly notes = new Listeners<unknown>()
  readonly outbox: Outbox
  isLeading = false

  constructor(browser: Browser, store: OutboxStore) {
    const tell = (note: unknown) => {
      for (const tab of browser.tabs) tab.notes.tell(note)
    }
    const stream = { leads: this.leads, notes: this.notes, tell, isLeading: false }
    Object.defineProperty(stream, "isLeading", { get: () => this.isLeading })
    this.outbox = new Outbox({ userId: "u", store, stream, submit: browser.submit })
    this.outbox.start()
  }

  lead(isLeading: boolean): void {
    this.isLeading = isLeading
    this.leads.tell(isLeading)
  }

  send(key: string, id = "c", text = "hello"): Promise<SubmitOutcome> {
    const destination = { kind: "conversation", id } as const
    return this.outbox.send({ key, destination, text, files: [] }, hooks())
  }
}

const hooks = (onStored = () => {}) => ({ onStored, onRetrying: () => {} })
const empty = (browser: Browser) =>
  vi.waitFor(async () => expect(await browser.store.list("u")).toEqual([]), { interval: 2 })

test("another tab delivers a tab's message, and the first one is notified", async () => {
  const browser = new Browser()
  browser.open()
  const second = browser.open()
  expect(await second.send("k1")).toEqual({ outcome: "accepted", conversationId: "c" })
  await empty(browser)
  expect(browser.accepted).toEqual(["k1"])
})

test("a tab sees the progress of its message while another tab sends it", async () => {
  const browser = new Browser()
  browser.open()
  const second = browser.open()
  const heard = vi.fn<(share: SentShare) => void>()
  const destination = { kind: "conversation", id: "c" } as const
  const message = { key: "k1", destination, text: "a", files: [] }
  await second.outbox.send(message, { ...hooks(), onProgress: heard })
  expect(heard.mock.calls).toEqual([[0.5]])
})

test("a message is stored before sending, and sent in order when a page opens days later", async () => {
  const browser = new Browser()
  browser.isOnline = false
  const tab = browser.open()
  const stored = vi.fn<() => void>()
  const destination = { kind: "conversation", id: "c" } as const
  void tab.outbox.send({ key: "k1", destination, text: "a", files: [] }, hooks(stored))
  void tab.send("k2")
  await vi.waitFor(() => expect(stored).toHaveBeenCalled())
  await vi.waitFor(async () => expect(await browser.store.list("u")).toHaveLength(2))
  browser.close(tab)
  browser.isOnline = true
  const later = browser.open()
  const left = await later.outbox.resume(
    () => true,
    () => hooks(),
  )
  expect(left.map(({ entry }) => entry.key)).toEqual(["k1", "k2"])
  for (const { outcome } of left) expect(await outcome).toMatchObject({ outcome: "accepted" })
  expect(browser.accepted).toEqual(["k1", "k2"])
  await empty(browser)
})

test("a refused message is returned once, even to a later page; the next one is sent", async () => {
  const browser = new Browser()
  browser.refuses.add("bad")
  const tab = browser.open()
  void tab.send("k1", "c", "bad")
  expect(await tab.send("k2")).toMatchObject({ outcome: "accepted" })
  await empty(browser)
  void tab.send("k3", "c", "bad")
  browser.close(tab)
  const next = browser.open()
  await vi.waitFor(async () =>
    expect((await browser.store.list("u"))[0]?.refusal).toMatchObject({ status: 422 }),
  )
  const [left] = await next.outbox.resume(
    () => true,
    () => hooks(),
  )
  expect(await left?.outcome).toMatchObject({ outcome: "refused", status: 422 })
  await empty(browser)
})

test("a withdrawn message is deleted, whichever tab was sending it", async () => {
  const browser = new Browser()
  browser.isOnline = false
  browser.open()
  const second = browser.open()
  const sending = second.send("k1")
  const waiting = second.send("k2")
  await vi.waitFor(async () => expect(await browser.store.list("u")).toHaveLength(2))
  second.outbox.cancel("k2")
  second.outbox.cancel("k1")
  expect(await sending).toEqual({ outcome: "cancelled" })
  expect(await waiting).toEqual({ outcome: "cancelled" })
  browser.isOnline = true
  await empty(browser)
  expect(browser.accepted).toEqual([])
})

test("after sign-out a message waits for its author; another person never sends it", async () => {
  const browser = new Browser()
  const answers: SubmitOutcome[] = [
    { outcome: "refused", status: 401, code: "unauthorized", message: "Sign in." },
  ]
  const tab = browser.open()
  const { submit } = browser
  const entry: OutboxEntry = {
    key: "k1",
    userId: "somebody else",
    destination: { kind: "conversation", id: "c" },
    text: "theirs",
    files: [],
    order: 1,
    firstTryMs: null,
    refusal: null,
  }
  await browser.store.put(entry)
  const outbox = new Outbox({
    userId: "u",
    store: browser.store,
    stream: {
      leads: tab.leads,
      notes: tab.notes,
      tell: (note) => tab.notes.tell(note),
      isLeading: true,
    },
    submit: async (each, options) => answers.shift() ?? (await submit(each, options)),
  })
  tab.outbox.stop()
  outbox.start()
  const destination = { kind: "conversation", id: "c" } as const
  const sent = outbox.send({ key: "k2", destination, text: "mine", files: [] }, hooks())
  await vi.waitFor(() => expect(answers).toEqual([]))
  expect((await browser.store.list("u")).map(({ key }) => key)).toEqual(["k2"])
  await sleep(5)
  outbox.wake()
  expect(await sent).toMatchObject({ outcome: "accepted" })
  expect(browser.accepted).toEqual(["k2"])
  expect(await browser.store.list("somebody else")).toHaveLength(1)
})

test("without storage a message is sent nevertheless", async () => {
  const browser = new Browser()
  browser.open()
  const full: OutboxStore = {
    list: () => Promise.reject(new DOMException("off", "InvalidStateError")),
    put: () => Promise.reject(new DOMException("full", "QuotaExceededError")),
    delete: () => Promise.reject(new DOMException("off", "InvalidStateError")),
  }
  expect(await browser.open(full).send("k1")).toMatchObject({ outcome: "accepted" })
})

test("closing tabs while sending still gives one message per click, in order", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom("send" as const, "send" as const, "open" as const) }),
    fc.record({ kind: fc.constantFrom("close" as const, "line" as const), tab: fc.nat() }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 15 }), async (steps) => {
      const browser = new Browser()
      browser.open()
      const sent: string[] = []
      for (const each of steps) {
        const [first] = browser.tabs
        if (each.kind === "send") {
          sent.push(`k${sent.length}`)
          void browser.tabs.at(-1)?.send(sent.at(-1) ?? "")
        } else if (each.kind === "open" && browser.tabs.length < 4) browser.open()
        else if (each.kind === "close" && first !== undefined) {
          browser.close(browser.tabs[each.tab % browser.tabs.length] ?? first)
          if (browser.tabs.length === 0) browser.open()
        } else if (each.kind === "line") browser.isOnline = !browser.isOnline
        await sleep(each.kind === "send" ? 0 : 2)
      }
      browser.isOnline = true
      for (const tab of browser.tabs) tab.outbox.wake()
      await empty(browser)
      expect(browser.accepted).toEqual(sent)
    }),
    { numRuns: 25 },
  )
})
