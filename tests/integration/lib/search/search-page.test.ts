import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { purgeDeletedConversation } from "#db/queries/housekeeping.ts"
import { countEndedTurns } from "#db/queries/usage.ts"
import { deleteConversation } from "#lib/conversations/delete-conversation.ts"
import { newId } from "#lib/ids.ts"
import { createLog } from "#lib/log.ts"
import { ModelError } from "#lib/models/step.ts"
import type { SearchHit } from "#lib/protocol/search.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { searchPage, type SearchPageRequest } from "#lib/search/search-page.ts"
import { withdrawTurn } from "#lib/turns/control/withdraw-turn.ts"
import { settleEndedTurns } from "#lib/turns/upkeep/housekeeping.ts"

import { addPerson } from "../../../support/people.ts"
import {
  noRequest,
  collect,
  createTestStudio,
  say,
  submitText,
  type TestStudio,
} from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let runtime: StartedRuntime

beforeEach(async () => {
  studio = await createTestStudio()
  runtime = await studio.start()
})

afterEach(() => studio.stop())

/** Runs a turn to its end and makes its texts searchable. */
async function talk(conversationId: string, text: string): Promise<string> {
  const { turnId } = await submitText(studio, runtime, conversationId, text)
  await collect(studio, runtime, conversationId).done(turnId)
  await settleEndedTurns(studio.db, createLog("silent"))
  return turnId
}

async function search(q: string, changes: Partial<SearchPageRequest> = {}) {
  const { tenantId, userId } = studio.principal
  return await searchPage(studio.db, {
    viewer: { tenantId, userId, isAdmin: false },
    q,
    within: undefined,
    cursor: undefined,
    hitsMax: 20,
    ...changes,
  })
}

const marked = (hit: SearchHit | undefined) =>
  hit?.matches.map(([start, end]) => hit.snippet.slice(start, end))

describe("a search", () => {
  test("finds titles, messages and answers by whole words and the prefix of the last", async () => {
    studio.script(() => say("The **zebra** grazes at <b>Lake</b> Natron."))
    const id = await studio.createConversation()
    await talk(id, "Where do zebras live?")
    const { hits } = await search("lake natr")
    expect(hits).toMatchObject([{ conversation_id: id, kind: "answer", seq: 6 }])
    expect(hits[0]?.snippet).toBe("The zebra grazes at <b>Lake</b> Natron.")
    expect(marked(hits[0])).toEqual(["Lake", "Natron"])
    expect((await search("zebra")).hits.map((hit) => [hit.kind, hit.seq])).toEqual([
      ["answer", 6],
      ["title", 0],
      ["message", 1],
    ])
    expect((await search("zebra", { within: "titles" })).hits.map((hit) => hit.kind)).toEqual([
      "title",
    ])
    expect((await search("zebra tiger")).hits).toEqual([])
    expect((await search("%")).hits).toEqual([])
  })

  test("pages list every hit once, newest first", async () => {
    const id = await studio.createConversation()
    for (const name of ["one", "two", "three", "four"]) await talk(id, `needle ${name}`)
    const seen: SearchHit[] = []
    let cursor: string | undefined
    do {
      const page = await search("needle", { cursor, hitsMax: 2 })
      seen.push(...page.hits)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    expect(seen.map((hit) => hit.snippet)).toEqual([
      "needle one",
      "needle four",
      "needle three",
      "needle two",
      "needle one",
    ])
    expect(seen.map((hit) => hit.at)).toEqual(
      seen
        .map((hit) => hit.at)
        .toSorted()
        .toReversed(),
    )
  })

  test("covers the conversations the caller takes part in now, and no others", async () => {
    const id = await studio.createConversation()
    await talk(id, "the secret word")
    const { tenantId } = studio.principal
    const other = await addPerson(studio.db, tenantId, { name: "Ben" })
    const viewer = { tenantId, userId: other.userId, isAdmin: false }
    expect((await search("secret", { viewer })).hits).toEqual([])
    const sql = studio.db.$client
    await sql`insert into participants (conversation_id, user_id, tenant_id)
      values (${id}, ${other.userId}, ${tenantId})`
    expect((await search("secret", { viewer })).hits).toHaveLength(2)
    await sql`delete from participants where conversation_id = ${id}`
    expect((await search("secret", { viewer })).hits).toEqual([])
    expect((await search("secret")).hits).toEqual([])
    const admin = { ...viewer, isAdmin: true }
    expect((await search("secret", { viewer: admin })).hits).toHaveLength(2)
    const elsewhere = { ...admin, tenantId: newId() }
    expect((await search("secret", { viewer: elsewhere })).hits).toEqual([])
  })

  test("never finds a deleted conversation, whose texts are purged", async () => {
    const id = await studio.createConversation()
    await talk(id, "short lived")
    expect((await search("lived")).hits).toHaveLength(2)
    await deleteConversation({ ...runtime, request: noRequest }, studio.principal, {
      conversationId: id,
    })
    expect((await search("lived")).hits).toEqual([])
    const sql = studio.db.$client
    await sql`update conversations set deleted_at = now() - interval '1 hour' where id = ${id}`
    // Uncounted turns are not purged; housekeeping may be running concurrently.
    await waitFor(async () => {
      while ((await countEndedTurns(studio.db)) > 0);
      while (await purgeDeletedConversation(studio.db));
      return (await sql`select 1 from search_entries`).length === 0
    })
  })

  test("finds text before an error, and not that of withdrawn messages", async () => {
    studio.script(async function* () {
      yield { type: "text", text: "half an aardvark" }
      await new Promise((resolve) => setTimeout(resolve, 300))
      throw new ModelError("model_cut_off", "Cut off.", true)
    })
    const id = await studio.createConversation()
    const first = await submitText(studio, runtime, id, "go")
    const second = await submitText(studio, runtime, id, "never mind the wombat")
    const seen = collect(studio, runtime, id)
    await withdrawTurn(runtime, studio.principal, { conversationId: id, turnId: second.turnId })
    await seen.done(first.turnId)
    await settleEndedTurns(studio.db, createLog("silent"))
    expect((await search("aardvark")).hits).toMatchObject([{ kind: "answer" }])
    expect((await search("wombat")).hits).toEqual([])
  })
})

describe("at size", () => {
  test("rare and common words are found through indexes", async () => {
    const sql = studio.db.$client
    const id = await studio.createConversation()
    const { tenantId, userId } = studio.principal
    await sql`
      insert into search_entries
        (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body, words, at)
      select case when n % 4 = 0 then ${id}::uuid else gen_random_uuid() end, n, ${tenantId},
        case when n % 4 = 0 then ${userId}::uuid else gen_random_uuid() end, gen_random_uuid(),
        'message', 'common', array_to_tsvector(array['common', 'w' || n]), now() - n * interval '1 s'
      from generate_series(1, 4000) n`
    await sql`analyze search_entries`
    const plans = async (words: string, owner = sql``) =>
      await sql.begin(async (tx) => {
        // PostgreSQL scans a table this small despite its indexes.
        await tx`set local enable_seqscan = off`
        const rows = await tx<{ "QUERY PLAN": string }[]>`
          explain select seq from search_entries
          where tenant_id = ${tenantId} ${owner} and words @@ ${words}::text::tsquery
          order by at desc, conversation_id desc, seq desc limit 21`
        return rows.map((row) => row["QUERY PLAN"]).join("\n")
      })
    expect(await plans("'w400'")).toContain("search_entries_words")
    const newest = await plans("'common'", sql`and owner_id = ${userId}`)
    expect(newest).toContain("search_entries_newest")
    expect(newest).not.toContain("Sort")
    expect((await search("common", { hitsMax: 5 })).hits).toHaveLength(5)
  })
})
