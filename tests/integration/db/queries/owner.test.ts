import { afterAll, beforeAll, expect, test } from "vitest"

import { insertFirstOwner } from "#db/queries/owner.ts"
import { newId } from "#lib/ids.ts"

import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio

beforeAll(async () => {
  studio = await createTestStudio()
})
afterAll(() => studio.stop())

// Passwords are hashed beforehand, so only the lock serialises these.
test("twenty rounds of eight concurrent owners create one each", async () => {
  const { db } = studio
  const runtime = await studio.start({ role: "web" })
  for (let round = 0; round < 20; round++) {
    await db.$client`delete from accounts`
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        insertFirstOwner(runtime.db, {
          userId: newId(),
          accountId: newId(),
          name: "Mira",
          email: `${round}-${index}@example.com`,
          passwordHash: "hashed",
          address: null,
        }),
      ),
    )
    expect(made.filter((outcome) => outcome === "made")).toHaveLength(1)
    const accounts = await db.$client`select 1 from accounts`
    expect(accounts).toHaveLength(1)
  }
})
