import { describe, expect, test } from "vitest"

import { freeTurns } from "#db/queries/turns.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { nudgeTurn } from "#lib/turns/control/nudge-turn.ts"

import { collect, finishPart, say, submitText, type Collected } from "../../../support/studio.ts"
import { startTcpProxy } from "../../../support/tcp-proxy.ts"
import { callTool, countingTool } from "../../../support/turn-tools.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

async function cut(...names: string[]) {
  await studio.db.$client`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = any (${names}::text[])`
}

const attemptsOf = (seen: Collected) =>
  seen.events
    .filter((event) => event.event === "turn_started")
    .map((event) => event.data["attempt"])

/** Submits like a client: retries with one key until accepted. */
async function submitAnyhow(runtime: StartedRuntime, conversationId: string, text: string) {
  for (;;) {
    try {
      return await submitText(studio, runtime, conversationId, text)
    } catch {
      // The error is the cut this test makes; a message accepted nevertheless is one more turn.
    }
  }
}

describe("a PostgreSQL outage does not end a turn", () => {
  test("when connections break anywhere in a turn", { timeout: 60_000 }, async () => {
    const tool = countingTool("read", async () => ({ summary: "read", result: 1 }))
    studio.script(function* (request) {
      const last = request.history.at(-1)
      if (last?.role === "tool") return yield* say("done")
      yield callTool("c", "read_tool")
      yield finishPart("tools")
    })
    const runtime = await studio.start({ tools: [tool] })
    let isOver = false
    let cuts = 0
    const cutting = (async () => {
      while (!isOver) {
        await cut("studio", "studio-append")
        cuts += 1
        await new Promise((resolve) => setTimeout(resolve, 80 + Math.random() * 200))
      }
    })()
    const talk = async () => {
      const conversationId = await studio.createConversation()
      for (let message = 0; message < 4; message += 1) {
        const { turnId } = await submitAnyhow(runtime, conversationId, `message ${message}`)
        const nudge = { text: "and this", idempotencyKey: null }
        await nudgeTurn(runtime, studio.principal, { conversationId, ...nudge }).catch(() => null)
        await waitFor(
          async () => {
            const [turn] = await studio.db.$client`
              select 1 from turns where id = ${turnId} and status = 'ended'`
            return turn !== undefined
          },
          { timeoutMs: 20_000 },
        )
      }
    }
    await Promise.all(Array.from({ length: 8 }, talk))
    isOver = true
    await cutting
    const outcomes = await studio.db.$client<{ outcome: string; count: number }[]>`
      select coalesce(outcome || coalesce(' ' || error_code, ''), status) as outcome,
        count(*)::int as count
      from turns group by 1`
    expect(cuts).toBeGreaterThan(3)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["end"])
    expect(outcomes[0]?.count).toBeGreaterThanOrEqual(32)
  })

  test("when the driver repeatedly loses its own connection: its attempt continues", async () => {
    const end = Promise.withResolvers<void>()
    studio.script(async function* () {
      yield { type: "text", text: "so far" }
      await end.promise
      yield* say(", and to the end")
    })
    const runtime = await studio.start()
    const conversationId = await studio.createConversation()
    const { turnId } = await submitText(studio, runtime, conversationId, "go")
    const seen = collect(studio, runtime, conversationId)
    await waitFor(() => seen.keptText(turnId) !== "")
    const holders = async () =>
      await studio.db.$client<{ pid: number }[]>`
        select pid from pg_locks
        where locktype = 'advisory' and granted
          and database = (select oid from pg_database where datname = current_database())`
    for (let round = 0; round < 5; round += 1) {
      const [before] = await holders()
      await cut("studio-driver")
      await waitFor(
        async () => {
          const now = await holders()
          return now.length === 1 && now[0]?.pid !== before?.pid
        },
        { timeoutMs: 10_000 },
      )
    }
    end.resolve()
    await seen.done(turnId)
    expect(attemptsOf(seen)).toEqual([1])
    expect(seen.events.at(-2)?.data).toMatchObject({ text: "so far, and to the end" })
  })

  test("when other drivers repeatedly free its turn: that does not count as a crash", async () => {
    studio.script(async function* (request, call) {
      yield { type: "text", text: `call ${call}` }
      if (call > 4) return yield* say("")
      await new Promise((_resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")))
      })
    })
    const proxy = await startTcpProxy(studio.databaseUrl)
    try {
      await studio.start({ role: "driver", databaseUrl: proxy.url, leaseSeconds: 60 })
      const web = await studio.start({ role: "web" })
      const conversationId = await studio.createConversation()
      const { turnId } = await submitText(studio, web, conversationId, "go")
      const seen = collect(studio, web, conversationId)
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        await waitFor(() => seen.keptText(turnId) === `call ${attempt}`, { timeoutMs: 20_000 })
        proxy.cut()
        await waitFor(async () => (await freeTurns(studio.db, { kind: "crashed" })) > 0)
        proxy.heal()
      }
      await seen.done(turnId)
      expect(attemptsOf(seen)).toEqual([1, 2, 3, 4, 5])
      expect(seen.events.at(-2)?.data).toMatchObject({ text: "call 5", stop_reason: "end" })
      const [turn] = await studio.db.$client`select crashes from turns where id = ${turnId}`
      expect(turn).toEqual({ crashes: 0 })
    } finally {
      await proxy.close()
    }
  })

  test("when it outlasts a lease: another driver ends the turn, once", async () => {
    studio.script(function* (_request, call) {
      if (call > 1) return yield* say("done")
      yield callTool("c", "read_tool")
      yield finishPart("tools")
    })
    const proxy = await startTcpProxy(studio.databaseUrl)
    const tool = countingTool("read", async () => {
      if (studio.calls() === 1) proxy.cut()
      return { summary: "read", result: 1 }
    })
    try {
      await studio.start({
        role: "driver",
        databaseUrl: proxy.url,
        leaseSeconds: 2,
        tools: [tool],
      })
      const web = await studio.start({ role: "web" })
      const conversationId = await studio.createConversation()
      const { turnId } = await submitText(studio, web, conversationId, "go")
      const seen = collect(studio, web, conversationId)
      await waitFor(() => studio.calls() === 1)
      const other = await studio.start({ role: "driver", leaseSeconds: 2, tools: [tool] })
      await seen.done(turnId)
      proxy.heal()
      const endings = seen.events.filter(({ event }) => event === "final" || event === "error")
      expect(endings.map(({ data }) => data["text"])).toEqual(["done"])
      expect(attemptsOf(seen)).toEqual([1, 2])
      await other.stop()
      // The disconnected driver is usable again.
      const { turnId: next } = await submitText(studio, web, conversationId, "and now")
      await seen.done(next)
      expect(seen.events.at(-2)?.data).toMatchObject({ text: "done", stop_reason: "end" })
    } finally {
      await proxy.close()
    }
  })
})
