import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { findTokenHolder } from "#db/queries/token-holders.ts"
import { seedInstallation } from "#lib/agents/seed.ts"
import { issueToken } from "#lib/tokens/issue-token.ts"
import { hashToken } from "#lib/tokens/token-format.ts"
import { createTestDatabase, type TestDatabase } from "#tests/support/database.ts"

describe("a token issued by an operator", () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await seedInstallation(database.db)
  })
  afterAll(async () => await database.drop())

  const holderOf = async (text: string) => await findTokenHolder(database.db, hashToken(text))

  test("creates the person, a member with every scope except admin", async () => {
    const text = await issueToken(database.db, { email: " New@B.c ", name: "x", isAdmin: false })
    expect(await holderOf(text)).toMatchObject({
      email: "new@b.c",
      name: "new",
      role: "member",
      scopes: ["user"],
      expiresInMs: null,
    })
  })

  test("belongs to an existing person, and promotes a member only with isAdmin", async () => {
    const order = { email: "same@b.c", name: "x", isAdmin: false }
    const first = await holderOf(await issueToken(database.db, order))
    const second = await holderOf(await issueToken(database.db, { ...order, isAdmin: true }))
    const third = await holderOf(await issueToken(database.db, order))
    expect(new Set([first?.userId, second?.userId, third?.userId]).size).toBe(1)
    expect([first?.role, second?.role, third?.role]).toEqual(["member", "admin", "admin"])
    expect(second?.scopes).toEqual(["user", "admin"])
  })

  test("is audited as the installation's: the person created, promoted and given the token", async () => {
    const order = { email: "noted@b.c", name: "x", isAdmin: false }
    await issueToken(database.db, order)
    await issueToken(database.db, { ...order, isAdmin: true })
    const records = await database.db.$client<object[]>`
      select audit.action, audit.actor_id as actor, audit.detail::jsonb from audit
      join users on users.id = audit.subject_id where users.email = 'noted@b.c' order by audit.id`
    const made = { action: "token.created", actor: null }
    expect(records).toMatchObject([
      { action: "user.created", actor: null, detail: { email: "noted@b.c", role: "member" } },
      { ...made, detail: { name: "x", scopes: ["user"], expires_in_s: null } },
      { action: "user.role_changed", actor: null, detail: { from: "member", to: "admin" } },
      { ...made, detail: { scopes: ["user", "admin"] } },
    ])
  })

  test("has its requested lifetime, and an expired one of the same name is removed", async () => {
    const order = { email: "short@b.c", name: "ask", isAdmin: false }
    const expired = await issueToken(database.db, { ...order, expiresInSeconds: -1 })
    expect(await holderOf(expired)).toBeNull()
    const text = await issueToken(database.db, { ...order, expiresInSeconds: 3_600 })
    const lifeMs = (await holderOf(text))?.expiresInMs ?? 0
    expect(lifeMs).toBeGreaterThan(3_590_000)
    expect(lifeMs).toBeLessThanOrEqual(3_600_000)
    const [row] = await database.db.$client<{ found: number }[]>`
      select count(*)::int as found from tokens where hash = ${hashToken(expired)}`
    expect(row?.found).toBe(0)
  })

  test.each([
    [{ email: "nobody" }, "no e-mail address"],
    [{ name: " " }, "needs a name"],
    [{ scopes: ["everything"] }, "no scope everything"],
    [{ scopes: [] }, "needs a scope"],
    [{ scopes: ["admin"] }, "needs an admin"],
  ])("%j is refused", async (part, sentence) => {
    const order = { email: "member@b.c", name: "x", isAdmin: false, ...part }
    await expect(issueToken(database.db, order)).rejects.toThrow(sentence)
  })

  test("is refused to a disabled person", async () => {
    const order = { email: "gone@b.c", name: "x", isAdmin: false }
    await issueToken(database.db, order)
    await database.db.$client`update users set disabled_at = now() where email = 'gone@b.c'`
    await expect(issueToken(database.db, order)).rejects.toThrow("disabled")
  })
})
