import { afterAll, beforeAll, expect, test } from "vitest"

import { purgeDeletedConversation } from "#db/queries/housekeeping.ts"

import { createTestDatabase, type TestDatabase } from "../../../support/database.ts"
import { tablesWith } from "../../../support/tables-with.ts"
import { addTenantFixture } from "../../tenancy/fixture.ts"

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

test("purging a deleted conversation removes its rows from every table and keeps those of its neighbours", async () => {
  const { db } = database
  const sql = db.$client
  const [ours, theirs] = [await addTenantFixture(db, "ours"), await addTenantFixture(db, "theirs")]
  const id = ours.conversationId
  const kept = await tablesWith(sql, theirs.conversationId)
  expect((await tablesWith(sql, id)).length).toBeGreaterThan(7)
  // More than one batch.
  await sql`
    insert into journal (conversation_id, seq, first_seq, kind, payload)
    select ${id}, seq, seq, 'text_delta', '{}' from generate_series(10, 6000) as seq`
  await sql`delete from heads where conversation_id = ${id}`
  await sql`update conversations set deleted_at = now() - interval '2 minutes' where id = ${id}`
  expect(await purgeDeletedConversation(db)).toBe(true)
  const [left] = await sql<{ count: number }[]>`
    select count(*)::int from journal where conversation_id = ${id}`
  expect(left?.count).toBe(995)
  while (await purgeDeletedConversation(db));
  expect(await tablesWith(sql, id)).toEqual([])
  expect(await tablesWith(sql, theirs.conversationId)).toEqual(kept)
})
