import { describe, expect, test } from "vitest"

import { TurnLog } from "#lib/journal/turn-log.ts"

function openLog() {
  let wakes = 0
  const log = new TurnLog(
    { conversationId: "c", turnId: "t", attempt: 1, sinceSeq: 3, keptText: "before " },
    () => (wakes += 1),
  )
  return { log, wakes: () => wakes }
}

const kindsOf = (log: TurnLog) => log.take().map((event) => event.kind)
const usage = { model: "m", input_tokens: null, output_tokens: null, cost_usd: null }

describe("a turn's log", () => {
  test("merges text into one delta, in order with other events", () => {
    const { log } = openLog()
    log.appendText("a")
    log.appendText("b")
    log.append("token_usage", usage)
    const events = log.take()
    expect(events.map((event) => event.kind)).toEqual(["text_delta", "token_usage"])
    expect(JSON.parse(events[0]?.json ?? "")).toEqual({ turn_id: "t", text: "ab" })
    expect(log.keptText).toBe("before ab")
  })

  test("puts at most one delta into an append", () => {
    const { log } = openLog()
    log.appendText("a")
    log.append("status", { message: "…" })
    log.appendText("b")
    log.append("token_usage", usage)
    expect(kindsOf(log)).toEqual(["text_delta", "status"])
    log.settle(5)
    expect(kindsOf(log)).toEqual(["text_delta", "token_usage"])
    log.settle(7)
    expect(log.hasGathered()).toBe(false)
    expect(log.committedSeq).toBe(7)
  })

  test("returns the same events again after a failed append", () => {
    const { log } = openLog()
    log.appendText("a")
    expect(kindsOf(log)).toEqual(["text_delta"])
    log.append("token_usage", usage)
    expect(kindsOf(log)).toEqual(["text_delta", "token_usage"])
  })

  test("settles a flush when its events are committed, or fails with it", async () => {
    const { log } = openLog()
    log.appendText("a")
    let isFlushed = false
    const flushed = log.flushed().then(() => (isFlushed = true))
    await Promise.resolve()
    expect(isFlushed).toBe(false)
    log.take()
    log.settle(4)
    await flushed
    log.appendText("b")
    const failing = log.flushed()
    log.fail({ kind: "lost" })
    await failing
    expect(log.failure).toEqual({ kind: "lost" })
    log.appendText("c")
    expect(log.hasGathered()).toBe(false)
  })

  test("has no room beyond 256 KiB until a commit", async () => {
    const { log } = openLog()
    log.appendText("x".repeat(300_000))
    let hasRoom = false
    const room = log.room().then(() => (hasRoom = true))
    await Promise.resolve()
    expect(hasRoom).toBe(false)
    log.take()
    log.settle(4)
    await room
    expect(hasRoom).toBe(true)
  })

  test("joins surrogate halves that arrive separately", () => {
    const { log } = openLog()
    log.appendText("a\ud83d")
    expect(log.keptText).toBe("before a")
    log.appendText("\ude42")
    expect(log.keptText).toBe("before a🙂")
  })
})
