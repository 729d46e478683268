import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { insertSearchEntries } from "#db/queries/search.ts"
import { searchTexts } from "#lib/admin/search-texts.ts"
import { newId } from "#lib/ids.ts"
import { SearchRefresh } from "#lib/search/search-refresh.ts"
import { indexWords } from "#lib/search/words.ts"

import { call } from "../../../../support/http.ts"
import {
  addAgent,
  addConversation,
  addPerson,
  type TestPerson,
} from "../../../../support/people.ts"
import { createWorld, type World } from "../../../../support/world.ts"

/** Written, and looked for. */
const cases: [string, string][] = [
  ["Äpfel", "apfel"],
  ["cafe\u0301 noir", "CAFÉ"],
  ["ΣΊΣΥΦΟΣ", "σισυφος"],
  ["don’t panic", "don't"],
  ["GRÖSSE", "größe"],
  ["Straße", "STRASSE"],
  ["FUẞES", "fußes"],
  ["İZMİR", "izmir"],
  ["ılık su", "ILIK"],
  ["🏝️ trip", "🏝"],
  ["👍🏽 fine", "👍"],
  ["ＷＩＤＥ１", "wide1"],
  ["ｶﾞﾗｽ", "ガラス"],
  ["ﬁnale", "Finale"],
  ["„quoted“", '"quoted"'],
  ["left–right", "left-right"],
  ["مُحَمَّد", "محمد"],
  ["שָׁלוֹם", "שלום"],
  ["two\u00a0 spaces", "two  spaces"],
  ["Sil\u00adben", "silben"],
  ["Łódź", "lodz"],
  ["हिन्दी", "हिन्दी"],
  ["half 50% _ \\ done", "50% _ \\"],
]
const locales: [string, string][] = [
  ["LC_CTYPE C", "locale_provider libc locale 'C'"],
  ["Turkish rules", "locale_provider icu icu_locale 'tr-TR' locale 'C'"],
]
/** Not all builds of PostgreSQL have ICU. */
const withoutIcu = "0A000"
/** More than a search looks at before it asks the index. */
const newer = 1_100

const list = "/v1/api/conversations"

async function createLocalWorld(locale: string): Promise<World | null> {
  try {
    return await createWorld({ locale })
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === withoutIcu) return null
    throw error
  }
}

async function ids(world: World, who: TestPerson, q: string, more = ""): Promise<unknown[]> {
  const path = `${list}?page_size=100&q=${encodeURIComponent(q)}${more}`
  const { status, json } = await call(world.url, "GET", path, { token: who.token })
  expect(status).toBe(200)
  const { conversations } = json
  if (!Array.isArray(conversations)) throw new Error("no list")
  return conversations.map((row: { id: string }) => row.id)
}

async function hits(world: World, who: TestPerson, q: string, within: string) {
  const path = `/v1/api/search?limit=50&in=${within}&q=${encodeURIComponent(q)}`
  const { status, json } = await call(world.url, "GET", path, { token: who.token })
  expect(status).toBe(200)
  const found = json["hits"]
  if (!Array.isArray(found)) throw new Error("no hits")
  return found.map((hit: { conversation_id: string; snippet: string; matches: number[][] }) => ({
    id: hit.conversation_id,
    marked: hit.matches.map(([start, end]) => hit.snippet.slice(start, end)),
  }))
}

async function rename(world: World, who: TestPerson, id: string, title: string): Promise<void> {
  const answer = await call(world.url, "PATCH", `${list}/${id}`, {
    token: who.token,
    json: { title },
  })
  expect(answer.status).toBe(200)
}

async function say(world: World, who: TestPerson, id: string, text: string): Promise<void> {
  const path = `${list}/${id}/messages`
  const answer = await call(world.url, "POST", path, { token: who.token, json: { text } })
  expect(answer.status).toBe(202)
  await world.studio.db.$client.begin((sql) =>
    insertSearchEntries(sql, { conversationId: id, turnId: String(answer.json["turn_id"]) }, [
      {
        seq: 1,
        kind: "message",
        body: text,
        words: indexWords(text),
        at: new Date(),
      },
    ]),
  )
}

interface Found {
  titled: string
  previewed: string
  named: string
  personId: string
  foreign: string
}

async function writeCase(world: World, written: string): Promise<Found> {
  const { db } = world.studio
  const { ours, theirs } = world
  const [titled, previewed, foreign] = await Promise.all([
    world.conversationOf(ours.member),
    world.conversationOf(ours.member),
    world.conversationOf(theirs.member),
  ])
  await say(world, ours.member, previewed, written)
  await say(world, theirs.member, foreign, written)
  // The second title is put into the index at once, with the preview.
  for (const title of ["Draft", `About ${written}`]) await rename(world, ours.member, titled, title)
  for (const title of ["Draft", "Other"]) await rename(world, ours.member, previewed, title)
  for (const title of ["Draft", written]) await rename(world, theirs.member, foreign, title)
  const agentId = await addAgent(db, ours.id, { slug: newId(), displayName: `Dr. ${written}` })
  const named = await addConversation(db, ours.member, agentId)
  const { userId: personId } = await addPerson(db, ours.id, { name: `Mx ${written}` })
  return { titled, previewed, named, personId, foreign }
}

async function addNewer(world: World): Promise<void> {
  const { id, agentId, colleague } = world.ours
  await world.studio.db.$client`
    insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread, is_searchable,
      last_activity_at)
    select gen_random_uuid(), ${id}::uuid, ${agentId}::uuid, ${colleague.userId}::uuid,
      'newer-' || n, true, now() + interval '1 minute'
    from generate_series(1, ${newer}) n`
}

describe.each(locales)("in a database with %s", (_name, locale) => {
  let world: World | null = null
  const written = new Map<string, Found>()

  beforeAll(async () => {
    world = await createLocalWorld(locale)
    if (world === null) return
    const there = world
    await Promise.all(cases.map(async ([text]) => written.set(text, await writeCase(there, text))))
    await addNewer(world)
  }, 120_000)

  afterAll(async () => await world?.close())

  test.for(cases)("%j is found by %j wherever one searches", async ([text, q], context) => {
    const found = written.get(text)
    if (world === null || found === undefined) return context.skip("a build without ICU")
    const { member, admin } = world.ours
    const listed = [found.titled, found.previewed, found.named]
    for (const [who, asked, view] of [
      [member, q, ""],
      [member, ` ${text.normalize("NFD")}`, ""],
      [admin, q.toUpperCase(), "&view=admin"],
      [admin, text, "&view=admin"],
    ] as const) {
      const shown = await ids(world, who, asked, view)
      expect(shown).toEqual(expect.arrayContaining(listed))
      expect(shown).not.toContain(found.foreign)
    }
    const titles = await hits(world, member, q, "titles")
    expect(titles.map(({ id }) => id)).toEqual([found.titled])
    expect(text).toContain(titles[0]?.marked[0])
    const messages = await hits(world, member, q, "messages")
    expect(messages.map(({ id }) => id)).toEqual([found.previewed])
    const texts = await searchTexts(world.studio.db, world.ours.id, { q }, undefined)
    expect(texts.hits.map(({ conversationId }) => conversationId)).toEqual([found.previewed])
    const path = `/v1/api/users?q=${encodeURIComponent(q)}`
    const people = await call(world.url, "GET", path, { token: admin.token })
    expect(people.json["users"]).toMatchObject([{ id: found.personId }])
  })

  test("text that folds to nothing neither filters a list nor matches a text", async (context) => {
    if (world === null) return context.skip("a build without ICU")
    const { member } = world.ours
    const all = await ids(world, member, "")
    for (const q of ["\u0301", "\ufe0f\u200d", "\u00a0 "]) {
      expect(await ids(world, member, q)).toEqual(all)
      expect(await hits(world, member, q, "titles")).toEqual([])
      expect(await hits(world, member, q, "messages")).toEqual([])
    }
  })

  test("a wildcard stands for itself", async (context) => {
    if (world === null) return context.skip("a build without ICU")
    const { member, admin } = world.ours
    for (const q of ["a%fel", "apf_l", "\\apfel"]) {
      expect(await ids(world, member, q)).toEqual([])
      expect(await ids(world, admin, q, "&view=admin")).toEqual([])
      expect(await hits(world, member, q, "titles")).toEqual([])
    }
  })

  test("a new title is found at once, the old one no more, and the automatic one again", async (context) => {
    if (world === null) return context.skip("a build without ICU")
    const { colleague, admin } = world.ours
    const id = await world.conversationOf(colleague)
    await say(world, colleague, id, "Ünique öpening")
    await say(world, colleague, id, "something else")
    const there = world
    const isFound = async (q: string) => [
      (await ids(there, colleague, q)).includes(id),
      (await ids(there, admin, q, "&view=admin")).includes(id),
      (await hits(there, colleague, q, "titles")).some((hit) => hit.id === id),
    ]
    await rename(world, colleague, id, "Mußeraum")
    expect(await isFound("musseraum")).toEqual([true, true, true])
    for (const [title, q] of [
      ["Mübelhaus", "mubelhaus"],
      ["", "unique opening"],
      ["Ünique Opening", "unique opening"],
    ] as const) {
      await rename(world, colleague, id, title)
      expect(await isFound(q)).toEqual([true, true, true])
      expect(await isFound("musseraum")).toEqual([false, false, false])
    }
  })

  test("a row without folded text is found by its original text, and soon by the folded one", async (context) => {
    if (world === null) return context.skip("a build without ICU")
    const { db } = world.studio
    const sql = db.$client
    const people = [world.ours.member, world.theirs.member]
    for (const person of people) {
      const id = await world.conversationOf(person)
      await rename(world, person, id, "Draft")
      // As a process of the release before does it.
      await sql`update conversations set title = 'Kürbisölkanne' where id = ${id}`
      await sql`
        insert into search_entries (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body,
          words, at)
        values (${id}, 1, ${person.tenantId}, ${person.userId}, ${newId()}, 'message',
          'Die Außenmaße', array_to_tsvector('{die,außenmaße}'), now())`
      expect(await ids(world, person, "Kürbisölkanne")).toEqual([id])
      expect(await hits(world, person, "AUSSENMASSE", "messages")).toEqual([])
    }
    const refresh = new SearchRefresh(db)
    const { signal } = new AbortController()
    while (await refresh.run(signal));
    for (const person of people) {
      const [id] = await ids(world, person, "kurbisolkanne")
      expect(id).toBeDefined()
      expect(await ids(world, person, "draft")).not.toContain(id)
      expect(await hits(world, person, "AUSSENMASSE", "messages")).toMatchObject([
        { marked: ["Außenmaße"] },
      ])
    }
    expect(await ids(world, world.ours.admin, "kurbisolkanne", "&view=admin")).toHaveLength(1)
    expect(await sql`select id from conversations where not is_searchable`).toEqual([])
    // Stored by an old process meanwhile.
    await sql`update search_entries set words = array_to_tsvector('{die,außenmaße}')
      where body = 'Die Außenmaße'`
    const indexed = () => sql<{ text: string }[]>`
      select text from conversation_texts where text ~* 'k.rbis.lkanne'`
    expect(await indexed()).toEqual([{ text: "kurbisolkanne" }, { text: "kurbisolkanne" }])
    await sql`update conversation_texts set text = 'Kürbisölkanne' where text = 'kurbisolkanne'`
    while (await refresh.run(signal));
    expect(await hits(world, world.ours.member, "AUSSENMASSE", "messages")).toEqual([])
    while (await new SearchRefresh(db).run(signal, Date.now() + 2 * 86_400_000));
    expect(await hits(world, world.ours.member, "AUSSENMASSE", "messages")).toHaveLength(1)
    expect(await indexed()).toEqual([{ text: "kurbisolkanne" }, { text: "kurbisolkanne" }])
  })
})
