import { expect, test, vi } from "vitest"

import { requestByMessages } from "#lib/client/tabs/message-locks.ts"
import { waitFor } from "#tests/support/wait-for.ts"

/** A tab that wants the lock. */
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

/** The one that holds it: for a moment there may be two, so that is looked at twice. */
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

test("of many who ask at once one holds it; whoever lets go, the next one does", async () => {
  const name = crypto.randomUUID()
  let tabs = Array.from({ length: 8 }, () => new Tab(name))
  while (tabs.length > 0) {
    const holder = await holderOf(tabs)
    holder.letGo()
    expect(await holder.outcome).toBeUndefined()
    // Who held it for a moment only lost it.
    tabs = tabs.filter((tab) => !tab.isOver)
  }
})

test("who comes later waits, and one that is told to wait no more never holds it", async () => {
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

test("it can be stolen, again and again; who lost it is told", async () => {
  const name = crypto.randomUUID()
  let holder = new Tab(name)
  await holderOf([holder])
  for (let round = 0; round < 2; round += 1) {
    const beforeMs = Date.now()
    // Of two who steal it in one millisecond either may be the later.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(beforeMs), { interval: 1 })
    const thief = new Tab(name, true)
    expect(thief.isHolding).toBe(true)
    expect(await holder.outcome).toBe("AbortError")
    holder = thief
  }
  holder.letGo()
  await holder.outcome
})

test("whoever steals it at the same moment, one is left with it", async () => {
  const name = crypto.randomUUID()
  const thieves = Array.from({ length: 5 }, () => new Tab(name, true))
  const holder = await holderOf(thieves)
  holder.letGo()
  const outcomes = await Promise.all(thieves.map((thief) => thief.outcome))
  expect(outcomes.filter((outcome) => outcome === "AbortError")).toHaveLength(4)
})

test("who took it while the holder was slow to answer loses it again; who stole it does not", async () => {
  const name = crypto.randomUUID()
  const holder = new Tab(name)
  await holderOf([holder])
  // What another tab says, that took it without having heard of the holder.
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
