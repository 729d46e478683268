import { createHash } from "node:crypto"

import { expect } from "vitest"

import type { Cluster, Submit } from "./cluster.ts"
import type { Follower } from "./follow.ts"
import { keptTextOf } from "./studio.ts"
import { waitFor } from "./wait-for.ts"

interface Entry {
  seq: number
  first_seq: number
  kind: string
  turn_id?: string
  payload: Record<string, unknown>
}

const settleLimitMs = 30_000

/**
 * Invariants after any fault: no acknowledged message is lost (I1), one effect per key (I2), each
 * turn ended exactly once (I3), a journal without gaps (I4), deltas = final (I5), attempts never
 * decrease (I6). Reads through `server` like a client, except for the attempts.
 * Covers the submits since the previous call, and the readers of their conversations.
 * @returns the journal of each conversation with a submit
 */
export async function checkInvariants(
  cluster: Cluster,
  server: { url: string },
  readers: readonly Follower[] = [],
): Promise<Map<string, Entry[]>> {
  const submits: readonly Submit[] = cluster.submits.splice(0)
  await waitFor(async () => (await countOpenTurns(cluster)) === 0, { timeoutMs: settleLimitMs })
  const journals = new Map<string, Entry[]>()
  for (const [conversationId, own] of Map.groupBy(submits, (one) => one.conversationId)) {
    const entries = await readJournal(cluster, server, conversationId)
    journals.set(conversationId, entries)
    expectNoGap(entries)
    expectOneEffectEach(own, entries)
    for (const turnId of new Set(entries.map((entry) => entry.turn_id ?? ""))) {
      if (turnId !== "") expectOneEnding(entries, turnId)
    }
  }
  for (const reader of readers) expectWhole(reader, journals.get(reader.conversationId) ?? [])
  await expectNoStepBack(cluster)
  await expectCleanHeads(cluster)
  return journals
}

/**
 * A reader has, over all its connections, every event once and in order, with the journal's text.
 */
function expectWhole(follower: Follower, entries: readonly Entry[]): void {
  const last = entries.at(-1)?.seq ?? 0
  expect(follower.events.map((event) => event.id)).toEqual(
    Array.from({ length: last }, (_, index) => index + 1),
  )
  for (const entry of entries) {
    if (entry.kind !== "final") continue
    expect(follower.keptText(entry.turn_id ?? "")).toBe(entry.payload["text"])
  }
}

export async function readJournal(
  cluster: Cluster,
  server: { url: string },
  conversationId: string,
): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let sinceSeq = 0; ;) {
    const route = `/v1/api/conversations/${conversationId}/messages?since_seq=${sinceSeq}`
    const answer = await cluster.request(server, "GET", route)
    expect(answer.status).toBe(200)
    const page = answer.list as unknown as Entry[]
    entries.push(...page)
    const last = page.at(-1)
    if (last === undefined) return entries
    sinceSeq = last.seq
  }
}

async function countOpenTurns({ db }: Cluster): Promise<number> {
  const [row] = await db.$client<{ count: number }[]>`
    select count(*)::int as count from turns where status <> 'ended'`
  return row?.count ?? -1
}

function expectNoGap(entries: readonly Entry[]): void {
  let seq = 0
  for (const entry of entries) {
    expect(entry.first_seq).toBe(seq + 1)
    seq = entry.seq
  }
}

function expectOneEffectEach(submits: readonly Submit[], entries: readonly Entry[]): void {
  const messages = entries.filter((entry) => entry.kind === "message")
  for (const [key, own] of Map.groupBy(submits, (one) => one.key)) {
    const effects = messages.filter((entry) => entry.payload["idempotency_key"] === key)
    const acknowledged = own.filter((one) => one.status === 202)
    expect(effects.length).toBeLessThanOrEqual(1)
    expect(acknowledged.filter((one) => one.body["idempotent"] === false).length).toBeLessThan(2)
    for (const { body, text } of acknowledged) {
      expect(effects).toHaveLength(1)
      expect(effects[0]?.payload).toMatchObject({
        text,
        message_id: body["message_id"],
        turn_id: body["turn_id"],
      })
    }
  }
}

function expectOneEnding(entries: readonly Entry[], turnId: string): void {
  const own = entries.filter((entry) => entry.turn_id === turnId)
  const endings = own.filter((entry) => entry.kind === "final" || entry.kind === "error")
  expect(endings.map((entry) => entry.kind)).toHaveLength(1)
  expect(own.at(-2)).toBe(endings[0])
  expect(own.at(-1)?.kind).toBe("done")
  expect(own.filter((entry) => entry.kind === "done")).toHaveLength(1)
  const calls = own
    .filter((entry) => entry.kind === "tool_call")
    .map((entry) => entry.payload["id"])
  const results = own
    .filter((entry) => entry.kind === "tool_result")
    .map((entry) => entry.payload["id"])
  expect(new Set(calls).size).toBe(calls.length)
  expect(new Set(results).size).toBe(results.length)
  const final = endings[0]
  if (final?.kind !== "final") return
  const kept = keptTextOf(
    own.map((entry) => ({ id: entry.seq, event: entry.kind, data: entry.payload })),
    turnId,
  )
  expect(kept).toBe(final.payload["text"])
  expect(final.payload["text_sha256"]).toBe(createHash("sha256").update(kept).digest("hex"))
}

async function expectNoStepBack({ db }: Cluster): Promise<void> {
  const rows = await db.$client`
    select turn_id, seq, attempt from (
      select turn_id, seq, attempt, max(attempt) over (
        partition by conversation_id, turn_id order by seq
      ) as highest
      from journal where attempt is not null
    ) written where attempt < highest`
  expect([...rows]).toEqual([])
}

async function expectCleanHeads({ db }: Cluster): Promise<void> {
  const rows = await db.$client`
    select * from heads where queued <> 0 or run_turn is not null or interrupt`
  expect([...rows]).toEqual([])
}
