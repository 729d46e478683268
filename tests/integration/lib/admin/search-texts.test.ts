import { afterAll, beforeAll, expect, test } from "vitest"

import { insertSearchEntries } from "#db/queries/search.ts"
import { searchTexts } from "#lib/admin/search-texts.ts"
import { newId } from "#lib/ids.ts"
import { indexWords } from "#lib/search/words.ts"

import { addAgent, addConversation, addPerson, addTenant } from "../../../support/people.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio

beforeAll(async () => {
  studio = await createTestStudio()
})

afterAll(() => studio.stop())

/** A tenant in which two people wrote something on two days. */
async function addTalks() {
  const { db } = studio
  const tenantId = await addTenant(db, "Talks")
  const agentId = await addAgent(db, tenantId, { slug: "helper", displayName: "Helper" })
  const [ann, bob] = [
    await addPerson(db, tenantId, { name: "Ann" }),
    await addPerson(db, tenantId, { name: "Bob" }),
  ]
  const annId = await addConversation(db, ann, agentId)
  const bobId = await addConversation(db, bob, agentId)
  await addText(annId, 1, "Where do zebras graze?", "2026-03-01T12:00:00Z")
  await addText(annId, 6, "The **zebra** grazes at Lake Natron.", "2026-03-01T12:00:05Z", "answer")
  await addText(bobId, 1, "Draw me a zebra", "2026-03-02T00:00:00Z")
  return { tenantId, ann, bob, annId, bobId }
}

async function addText(
  conversationId: string,
  seq: number,
  body: string,
  at: string,
  kind: "message" | "answer" = "message",
): Promise<void> {
  const entry = { seq, kind, body, words: indexWords(body), at: new Date(at) }
  await studio.db.$client.begin((sql) =>
    insertSearchEntries(sql, { conversationId, turnId: newId() }, [entry]),
  )
}

const placesOf = async (
  tenantId: string,
  query: Parameters<typeof searchTexts>[2],
  cursor?: string,
) => {
  const { hits } = await searchTexts(studio.db, tenantId, query, cursor)
  return hits.map(({ conversationId, seq }) => [conversationId, seq])
}

test("texts of all people and agents of the tenant are found, newest first", async () => {
  const { tenantId, annId, bobId } = await addTalks()
  const { hits } = await searchTexts(studio.db, tenantId, { q: "zebra" }, undefined)
  expect(hits).toMatchObject([
    { conversationId: bobId, seq: 1, kind: "message", ownerName: "Bob", agentName: "Helper" },
    { conversationId: annId, seq: 6, kind: "answer", ownerName: "Ann" },
    { conversationId: annId, seq: 1, kind: "message", ownerName: "Ann" },
  ])
  const { text, matches } = hits[1]?.snippet ?? { text: "", matches: [] }
  expect(matches.map(([start, end]) => text.slice(start, end))).toEqual(["zebra"])
  expect(await placesOf(tenantId, { q: "natron zeb" })).toEqual([[annId, 6]])
  expect(await placesOf(tenantId, { q: "zebra tiger" })).toEqual([])
  expect(await placesOf(tenantId, { q: "  ?!" })).toEqual([])
})

test("owner and days (UTC, both inclusive) narrow the search", async () => {
  const { tenantId, bob, annId, bobId } = await addTalks()
  expect(await placesOf(tenantId, { q: "zebra", owner: bob.userId })).toEqual([[bobId, 1]])
  expect(await placesOf(tenantId, { q: "zebra", from: "2026-03-02" })).toEqual([[bobId, 1]])
  expect(await placesOf(tenantId, { q: "zebra", to: "2026-03-01" })).toEqual([
    [annId, 6],
    [annId, 1],
  ])
})

test("texts of other tenants and deleted texts are never found", async () => {
  const [{ tenantId, annId, bobId }, other] = [await addTalks(), await addTalks()]
  await studio.db.$client`update conversations set deleted_at = now() where id = ${annId}`
  expect(await placesOf(tenantId, { q: "zebra" })).toEqual([[bobId, 1]])
  expect(await placesOf(tenantId, { q: "zebra", owner: other.ann.userId })).toEqual([])
})

test("paging returns every text once, including old ones; a malformed cursor gives the first page", async () => {
  const { tenantId, ann, annId } = await addTalks()
  // More texts lie between than are examined one by one.
  await studio.db.$client`
    insert into search_entries
      (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body, words, at)
    select ${annId}, 100 + n, ${tenantId}, ${ann.userId}, gen_random_uuid(), 'message', 'filler',
      array_to_tsvector(case when n % 60 = 0 then array['filler', 'needle'] else array['filler'] end),
      now() - n * interval '1 s'
    from generate_series(1, 2400) n`
  const seen: number[] = []
  let cursor: string | undefined
  do {
    const page = await searchTexts(studio.db, tenantId, { q: "needle " }, cursor)
    seen.push(...page.hits.map((hit) => hit.seq))
    cursor = page.older ?? undefined
  } while (cursor !== undefined)
  expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => 160 + index * 60))
  expect(await placesOf(tenantId, { q: "zebra" })).toHaveLength(3)
  expect(await placesOf(tenantId, { q: "zebra" }, "broken")).toHaveLength(3)
})
