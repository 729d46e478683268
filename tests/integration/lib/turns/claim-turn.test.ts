import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { claimTurns, freeTurns } from "#db/queries/turns.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { createTestStudio, submitText, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let web: StartedRuntime

beforeAll(async () => {
  studio = await createTestStudio()
  web = await studio.start({ role: "web" })
})

afterAll(() => studio.stop())

const claimAs = (id: number) => claimTurns(studio.db, { id, leaseSeconds: 60, turnsMax: 64 })

describe("claiming", () => {
  test("two drivers at one barrier, a thousand rounds: one owner each, first in first out", async () => {
    const conversations = await Promise.all(
      Array.from({ length: 4 }, () => studio.createConversation()),
    )
    for (let round = 0; round < 1_000; round += 1) {
      if (round % 10 === 0) {
        const tens = conversations.flatMap((id) => Array.from({ length: 10 }, () => id))
        await Promise.all(tens.map((id) => submitText(studio, web, id, "next")))
      }
      const [mine, yours] = await Promise.all([claimAs(1), claimAs(2)])
      const claimed = [...mine, ...yours]
      expect(new Set(claimed.map((turn) => turn.turnId)).size).toBe(claimed.length)
      expect(new Set(claimed.map((turn) => turn.conversationId)).size).toBe(claimed.length)
      expect(claimed).toHaveLength(conversations.length)
      await studio.db.$client`
        with ended as (
          update turns set status = 'ended', folded_at = now()
          where id = any (${claimed.map((turn) => turn.turnId)}::uuid[]) returning conversation_id
        )
        update heads set run_turn = null, run_attempt = null
        from ended where heads.conversation_id = ended.conversation_id`
    }
    const rows = await studio.db.$client<{ started: Date; conversationId: string }[]>`
      select conversation_id, started_at as started from turns order by conversation_id, message_seq`
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1]
      if (before?.conversationId !== row.conversationId) continue
      expect(before.started <= row.started).toBe(true)
    }
  }, 120_000)

  test("a running turn blocks the next one of its conversation", async () => {
    const conversationId = await studio.createConversation()
    await submitText(studio, web, conversationId, "one")
    await submitText(studio, web, conversationId, "two")
    expect(await claimAs(1)).toHaveLength(1)
    expect(await claimAs(2)).toHaveLength(0)
  })

  test("an owner without its lock loses its turns to the sweep, one that renews keeps them", async () => {
    const conversationId = await studio.createConversation()
    await submitText(studio, web, conversationId, "one")
    const sql = studio.db.$client
    const holder = await sql.reserve()
    try {
      await holder`select pg_advisory_lock(21332, 77)`
      const [turn] = await claimAs(77)
      expect(turn?.attempt).toBe(1)
      await freeTurns(studio.db, { kind: "crashed" })
      const held = await sql`select status from turns where id = ${turn?.turnId ?? ""}`
      expect(held[0]).toMatchObject({ status: "running" })
      await holder`select pg_advisory_unlock(21332, 77)`
      await freeTurns(studio.db, { kind: "crashed" })
      const freed =
        await sql`select status, crashes, owner from turns where id = ${turn?.turnId ?? ""}`
      expect(freed[0]).toMatchObject({ status: "queued", crashes: 1, owner: null })
    } finally {
      holder.release()
    }
  })
})
