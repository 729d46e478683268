import { afterAll, beforeAll, expect, test } from "vitest"

import { renamePerson } from "#db/queries/people.ts"

import { createTestDatabase, type TestDatabase } from "../../../support/database.ts"
import { addPerson, addTenant } from "../../../support/people.ts"

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

test("changing one's own name writes an audit record, unless the name stays the same", async () => {
  const { db } = database
  const { tenantId, userId } = await addPerson(db, await addTenant(db, "Ours"), { name: "Ann" })
  const actor = { tenantId, actorId: userId, credentialKind: null, credentialId: null }
  const rename = (name: string) =>
    renamePerson(db, { ...actor, requestId: null, address: null }, name)
  expect([await rename("Anna"), await rename("Anna")]).toEqual([true, true])
  const records = await db.$client<object[]>`
    select action, actor_id as actor, subject_id as subject, detail::jsonb from audit
    where tenant_id = ${tenantId}`
  expect(records).toEqual([
    {
      action: "user.renamed",
      actor: userId,
      subject: userId,
      detail: { from: "Ann", to: "Anna" },
    },
  ])
})
