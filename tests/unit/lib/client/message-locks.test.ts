import { expect, test, vi } from "vitest"

import { requestByMessages } from "#lib/client/message-locks.ts"

/** A tab that wants the lock. */
class Tab {
  isHolding = false
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
    this.outcome = requestByMessages(name, options, hold).catch((error: unknown) => {
      this.isHolding = false
      return error instanceof DOMException ? error.name : error
    })
  }

  abort(): void {
    this.#aborting.abort()
  }
}

/** The one that holds it, once only one does. */
const holderOf = (tabs: readonly Tab[]) =>
  vi.waitFor(() => {
    const holding = tabs.filter((tab) => tab.isHolding)
    expect(holding).toHaveLength(1)
    return holding[0] ?? expect.fail()
  })

test("of many who ask at once one holds it; whoever lets go, the next one does", async () => {
  const name = crypto.randomUUID()
  let tabs = Array.from({ length: 8 }, () => new Tab(name))
  while (tabs.length > 0) {
    const holder = await holderOf(tabs)
    tabs = tabs.filter((tab) => tab !== holder)
    holder.letGo()
    expect(await holder.outcome).toBeUndefined()
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
