import { expect, test } from "vitest"

import { seedInstallation } from "#lib/agents/seed.ts"
import { createTestDatabase } from "#tests/support/database.ts"

test("of many processes starting together one seeds, and edited agents stay edited", async () => {
  const database = await createTestDatabase()
  const { db } = database
  try {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => seedInstallation(db)))
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    const agents = await db.$client`select slug, model, is_default from agents order by slug`
    expect(agents).toEqual([
      { slug: "assistant", model: null, isDefault: true },
      { slug: "guide", model: "guide", isDefault: false },
    ])
    await db.$client`delete from agents where slug = 'guide'`
    expect(await seedInstallation(db)).toBe(false)
    expect(await db.$client`select slug from agents`).toHaveLength(1)
  } finally {
    await database.drop()
  }
})
