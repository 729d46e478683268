import { expect, test, vi } from "vitest"

import { requestByMessages } from "#lib/client/tabs/message-locks.ts"
import { waitFor } from "#tests/support/wait-for.ts"

/** A tab that requests the lock. */
class Tab {
  isHolding = false
  isOver = false
  letGo = () => {}
  readonly #aborting = new AbortController()
  readonly outcome: Promise<unknown>

  constructor(name: string, steal = false) {
    const hold = async () => {
      this.isHolding = true
      await new Promise<void>((resolve) => (this.letGo = resolve))
      this.isHolding = false
    }
    const options = steal ? { steal } : { signal: this.#aborting.signal }
    this.outcome = requestByMessages(name, options, hold)
      .catch((error: unknown) => (error instanceof DOMException ? error.name : error))
      .finally(() => {
        this.isHolding = false
        this.isOver = true
      })
  }

  abort(): void {
    this.#aborting.abort()
  }
}

/** The current holder, confirmed by a second look because two can overlap briefly. */
function holderOf(tabs: readonly Tab[]): Promise<Tab> {
  let before: Tab | undefined
  const look = () => {
    const [holder, ...others] = tabs.filter((tab) => tab.isHolding)
    const isSettled = others.length === 0 && holder === before
    before = holder
    return isSettled && holder
  }
  return waitFor(look, { everyMs: 20 })
}

test("one of many contenders holds the lock; after its release the next one does", async () => {
  const name = crypto.randomUUID()
  let tabs = Array.from({ length: 8 }, () => new Tab(name))
  while (tabs.length > 0) {
    const holder = await holderOf(tabs)
    holder.letGo()
    expect(await holder.outcome).toBeUndefined()
    // A brief holder has only lost it again.
    tabs = tabs.filter((tab) => !tab.isOver)
  }
})

test("a later contender waits, and a cancelled one never holds the lock", async () => {
  const name = crypto.randomUUID()
  const first = new Tab(name)
  await holderOf([first])
  const [second, third] = [new Tab(name), new Tab(name)]
  second.abort()
  expect(await second.outcome).toBe("AbortError")
  first.letGo()
  await first.outcome
  expect(await holderOf([second, third])).toBe(third)
  third.letGo()
  await third.outcome
})

test("the lock can be stolen repeatedly; the previous holder is notified", async () => {
  const name = crypto.randomUUID()
  let holder = new Tab(name)
  await holderOf([holder])
  for (let round = 0; round < 2; round += 1) {
    const beforeMs = Date.now()
    // Of two steals in the same millisecond either may count as the later.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(beforeMs), { interval: 1 })
    const thief = new Tab(name, true)
    expect(thief.isHolding).toBe(true)
    expect(await holder.outcome).toBe("AbortError")
    holder = thief
  }
  holder.letGo()
  await holder.outcome
})

test("of simultaneous steals one remains", async () => {
  const name = crypto.randomUUID()
  const thieves = Array.from({ length: 5 }, () => new Tab(name, true))
  const holder = await holderOf(thieves)
  holder.letGo()
  const outcomes = await Promise.all(thieves.map((thief) => thief.outcome))
  expect(outcomes.filter((outcome) => outcome === "AbortError")).toHaveLength(4)
})

test("a claim made while the holder answered slowly is lost again; a steal is not", async () => {
  const name = crypto.randomUUID()
  const holder = new Tab(name)
  await holderOf([holder])
  // The message of another tab that took the lock without hearing of the holder.
  const other = new BroadcastChannel(`${name}.lock`)
  const answers: unknown[] = []
  other.addEventListener("message", ({ data }: MessageEvent<unknown>) => answers.push(data))
  other.postMessage({ type: "holds", rank: [-Date.now() - 1_000, "z"] })
  await vi.waitFor(() => expect(answers).toMatchObject([{ type: "holds" }]))
  expect(holder.isHolding).toBe(true)
  other.postMessage({ type: "holds", rank: [Date.now(), "z"] })
  expect(await holder.outcome).toBe("AbortError")
  other.close()
})
