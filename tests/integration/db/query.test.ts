import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { eq } from "#db/drizzle.ts"
import { query } from "#db/query.ts"
import { audit } from "#db/schema/audit.ts"
import { newId } from "#lib/ids.ts"

import { createTestDatabase, type TestDatabase } from "../../support/database.ts"
import { addTenant } from "../../support/people.ts"

let database: TestDatabase
let tenantId: string

beforeAll(async () => {
  database = await createTestDatabase()
  tenantId = await addTenant(database.db, "builder")
})

afterAll(async () => await database?.drop())

const at = new Date("2026-02-03T04:05:06.789Z")
const detail = '{"b": 1,  "a": "\\u0000"}'

describe.each(["a template of SQL", "the query builder"])("%s", (way) => {
  test("reads timestamps as dates and JSON as its original text, for either query style", async () => {
    const { $client: sql } = database.db
    const builder = query(sql)
    const ids = [newId(), newId()] as const
    await sql`
      insert into audit (id, tenant_id, at, action, detail)
      values (${ids[0]}, ${tenantId}, ${at}, 'agent.created', ${detail})`
    await builder
      .insert(audit)
      .values({ id: ids[1], tenantId, at, action: "agent.created", detail })
    for (const id of ids) {
      const rows =
        way === "the query builder"
          ? await builder
              .select({ at: audit.at, detail: audit.detail, seq: audit.seq })
              .from(audit)
              .where(eq(audit.id, id))
          : await sql`select at, detail, seq from audit where id = ${id}`
      expect([...rows]).toEqual([{ at, detail, seq: null }])
    }
  })

  test("is prepared once per connection", async () => {
    const count = await database.db.$client.begin(async (sql) => {
      for (const id of [newId(), newId()]) {
        if (way === "the query builder") {
          await query(sql).select({ id: audit.id }).from(audit).where(eq(audit.id, id))
        } else await sql`select "id" from "audit" where "audit"."id" = ${id} limit 1`
      }
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from pg_prepared_statements
        where statement like ${way === "the query builder" ? 'select "id" from %"id" = $1' : 'select "id" from %"id" = $1 limit 1'}
          and generic_plans + custom_plans > 1`
      return row?.count
    })
    expect(count).toBe(1)
  })
})
