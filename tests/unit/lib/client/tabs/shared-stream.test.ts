import { setTimeout as sleep } from "node:timers/promises"

import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"

import type { UserStreamOptions } from "#lib/client/stream/user-stream.ts"
import { UserStream } from "#lib/client/stream/user-stream.ts"
import type { Locks } from "#lib/client/tabs/leadership.ts"
import { requestByMessages } from "#lib/client/tabs/message-locks.ts"
import { SharedStream, type SharedStreamOptions } from "#lib/client/tabs/shared-stream.ts"
import { openTabChannel } from "#lib/client/tabs/tab-channel.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"

const row = (seq: number): JournalRow => ({
  seq,
  firstSeq: seq,
  kind: "text_delta",
  payload: {},
  atMs: null,
})

/** A server of one conversation, and the tabs of one browser. */
class Browser {
  readonly name = crypto.randomUUID()
  readonly locks: Locks
  readonly tabs: Tab[] = []
  readonly streams = new Set<FakeStream>()
  lastSeq = 0

  constructor(locks: Locks) {
    this.locks = locks
  }

  append(count = 1): void {
    for (let each = 0; each < count; each += 1) this.lastSeq += 1
    for (const stream of this.streams) stream.pump()
  }

  open(options: Partial<SharedStreamOptions> = {}): Tab {
    const tab = new Tab(this, options)
    this.tabs.push(tab)
    return tab
  }

  get leaders(): Tab[] {
    return this.tabs.filter((tab) => tab.stream.isLeading && !tab.isFrozen)
  }
}

/** A connection that sends the events after its cursor, like the real one. */
class FakeStream extends UserStream {
  readonly browser: Browser
  readonly events: Pick<UserStreamOptions, "onRows" | "onState" | "onOpened">
  cursor: number | null = null

  constructor(browser: Browser, options: UserStreamOptions) {
    super(options)
    this.browser = browser
    this.events = options
  }

  override start(): void {
    this.browser.streams.add(this)
    this.events.onState("live")
    this.events.onOpened()
    this.pump()
  }

  override stop(): void {
    this.browser.streams.delete(this)
  }

  override follow(_id: string, seq: number): void {
    this.cursor = this.cursor === null ? seq : Math.min(this.cursor, seq)
    setTimeout(() => this.pump(), 1)
  }

  override leave(): void {
    this.cursor = null
  }

  pump(): void {
    const { cursor, browser } = this
    if (cursor === null || !browser.streams.has(this) || cursor >= browser.lastSeq) return
    this.cursor = browser.lastSeq
    const seqs = Array.from({ length: browser.lastSeq - cursor }, (_, index) => cursor + 1 + index)
    this.events.onRows("c", seqs.map(row))
  }
}

class Tab {
  readonly seqs: number[] = []
  readonly stream: SharedStream
  isFrozen = false
  /** Number of messages to drop. */
  losses = 0
  deafTo: readonly string[] = []

  constructor(browser: Browser, options: Partial<SharedStreamOptions>) {
    this.stream = new SharedStream({
      locks: browser.locks,
      openChannel: (onMessage) => {
        const channel = openTabChannel(browser.name, (message) => {
          if (this.isFrozen || this.deafTo.includes(message.type)) return
          if (message.type === "rows" && this.losses > 0) this.losses -= 1
          else onMessage(message)
        })
        return { ...channel, post: (message) => this.isFrozen || channel.post(message) }
      },
      lockName: browser.name,
      createStream: (events) => {
        const alive =
          <T extends unknown[]>(handler: (...given: T) => void) =>
          (...given: T) =>
            void (this.isFrozen || handler(...given))
        return new FakeStream(browser, { url: "", ...events, onRows: alive(events.onRows) })
      },
      isVisible: () => true,
      ...options,
    })
    this.stream.follow("c", {
      lastSeq: () => this.seqs.at(-1) ?? 0,
      onRows: (rows) => this.seqs.push(...rows.map((each) => each.seq)),
      onStale: () => {},
    })
    this.stream.start()
  }
}

let browser = new Browser(navigator.locks)
afterEach(() => {
  for (const tab of browser.tabs) tab.stream.stop()
})

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
const haveAll = (tabs = browser.tabs) => {
  for (const tab of tabs) expect(tab.seqs).toEqual(upTo(browser.lastSeq))
}
const soon = (check: () => void, timeout = 2_000) => vi.waitFor(check, { timeout, interval: 5 })

describe.each([
  ["the browser's own", navigator.locks],
  ["by messages", { request: requestByMessages }],
] as const)("with locks: %s", (_kind, locks) => {
  beforeEach(() => {
    browser = new Browser(locks)
  })

  test("tabs share one connection, and each has every event once", async () => {
    for (let tab = 0; tab < 12; tab += 1) browser.open()
    await soon(() => expect(browser.leaders).toHaveLength(1))
    browser.append(5)
    await soon(() => haveAll())
    expect(browser.streams.size).toBe(1)
    expect(browser.tabs.every((tab) => tab.stream.getState().connection === "live")).toBe(true)
  })

  test("when the leader closes another leads at once, and nothing is lost or duplicated", async () => {
    for (let tab = 0; tab < 4; tab += 1) browser.open()
    await soon(() => expect(browser.leaders).toHaveLength(1))
    browser.append(3)
    await soon(() => haveAll())
    const [leader] = browser.leaders
    leader?.stream.stop()
    browser.append(3)
    await soon(() => haveAll(browser.tabs.filter((tab) => tab !== leader)), 500)
    // It returns from the back/forward cache.
    leader?.stream.start()
    browser.append(2)
    await soon(() => haveAll())
    expect(browser.streams.size).toBe(1)
  })

  test("a frozen leader is replaced within 2 s; after waking up it follows", async () => {
    for (let tab = 0; tab < 3; tab += 1) browser.open()
    await soon(() => expect(browser.leaders).toHaveLength(1))
    browser.append(2)
    await soon(() => haveAll())
    const [frozen] = browser.leaders
    if (frozen === undefined) throw new Error("nobody leads")
    frozen.isFrozen = true
    browser.append(2)
    await soon(() => haveAll(browser.tabs.filter((tab) => tab !== frozen)))
    frozen.isFrozen = false
    frozen.stream.wake("visible")
    browser.append(1)
    await soon(() => haveAll())
    await soon(() => expect(browser.leaders).toHaveLength(1))
    expect(browser.streams.size).toBe(1)
  })

  test("a former leader requests missed events, even without hearing of the new leader", async () => {
    for (let tab = 0; tab < 2; tab += 1) browser.open()
    await soon(() => expect(browser.leaders).toHaveLength(1))
    browser.append(2)
    await soon(() => haveAll())
    const [old] = browser.leaders
    if (old === undefined) throw new Error("nobody leads")
    old.deafTo = ["ping", "lead"]
    await soon(() => expect(browser.leaders).not.toContain(old))
    await soon(() => expect(browser.leaders).toHaveLength(1))
    browser.append(2)
    await soon(() => haveAll())
  })

  test("a visible tab takes over from a frozen leader within 2 s", async () => {
    let isVisible = false
    for (let tab = 0; tab < 3; tab += 1) browser.open({ isVisible: () => isVisible })
    await soon(() => expect(browser.leaders).toHaveLength(1))
    const [frozen] = browser.leaders
    const others = browser.tabs.filter((tab) => tab !== frozen)
    if (frozen !== undefined) frozen.isFrozen = true
    browser.append(2)
    isVisible = true
    others[0]?.stream.wake("visible")
    await soon(() => haveAll(others))
  })

  test("another person's tabs in the same browser receive nothing", async () => {
    const other = new Browser(locks)
    const foreign = other.open()
    browser.open()
    browser.append(3)
    await soon(() => haveAll())
    expect(foreign.seqs).toEqual([])
    foreign.stream.stop()
  })

  test("after any lost messages, opened and closed tabs, each tab has every event once", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("append" as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constantFrom("open" as const, "close leader" as const) }),
      fc.record({ kind: fc.constant("lose" as const), tab: fc.nat() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const one = new Browser(locks)
        one.open()
        for (const each of steps) {
          if (each.kind === "append") one.append(each.count)
          else if (each.kind === "open" && one.tabs.length < 5) one.open()
          else if (each.kind === "lose") {
            const tab = one.tabs[each.tab % one.tabs.length]
            if (tab !== undefined) tab.losses += 1
          } else if (each.kind === "close leader" && one.tabs.length > 1) {
            const [leader] = one.leaders
            leader?.stream.stop()
            if (leader !== undefined) one.tabs.splice(one.tabs.indexOf(leader), 1)
          }
          await sleep(1)
        }
        const finish = () => {
          one.append()
          for (const tab of one.tabs) tab.losses = 0
          return vi.waitFor(
            () => {
              for (const tab of one.tabs) expect(tab.seqs).toEqual(upTo(one.lastSeq))
            },
            { timeout: 3_000, interval: 5 },
          )
        }
        await finish()
        for (const tab of one.tabs) tab.stream.stop()
      }),
      { numRuns: 10 },
    )
  })
})
