import { describe, expect, test } from "vitest"

import {
  abilitiesOf,
  accessWords,
  choicesOf,
  firstAccess,
  limitsOf,
  scopesOf,
  type Access,
} from "#components/tokens/access.ts"
import { leftWords, usedWords } from "#components/tokens/token-times.ts"
import { honouredScopes } from "#lib/http/honoured-scopes.ts"
import { routes } from "#lib/http/routes.ts"
import { scopes } from "#lib/protocol/scopes.ts"

const hour = 3_600_000
const day = 24 * hour
const honoured = honouredScopes(routes)
const allOf = (level: "none" | "read" | "write"): Access => ({
  conversations: level,
  documents: level,
  schedules: level,
  agents: level,
  memory: level,
  billing: level,
  admin: level,
})

describe("a token's access in words", () => {
  test.each([
    [["user"], "Everything except admin"],
    [["integrator", "admin"], "Everything, including admin"],
    [["conversations:read", "conversations:write", "agents:read"], "Chat, read agents"],
    [["conversations:write"], "Send messages"],
    [["conversations:read", "agents:read"], "Read conversations and agents"],
    // Scopes that no endpoint checks are omitted.
    [["conversations:read", "documents:read"], "Read conversations"],
    [["agents:write", "billing:read"], "Nothing"],
    [["admin"], "Admin"],
    [["old:scope"], "Nothing"],
  ])("%j is %s", (granted, words) => {
    expect(accessWords(granted, honoured)).toBe(words)
  })

  test("every level of every resource is a scope, and every scope is selectable", () => {
    expect(scopesOf(allOf("none"))).toEqual([])
    expect(scopesOf(allOf("read"))).toEqual(scopes.filter((scope) => scope.endsWith(":read")))
    expect(scopesOf(allOf("write"))).toEqual(scopes)
    expect(scopesOf(firstAccess)).toEqual([
      "conversations:read",
      "conversations:write",
      "agents:read",
    ])
  })

  test("only scopes that an endpoint checks are selectable and described", () => {
    expect(honoured).toEqual(["conversations:read", "conversations:write", "agents:read", "admin"])
    const offered = choicesOf(honoured).map(({ id, levels }) => [id, ...levels])
    expect(offered).toEqual([
      ["conversations", "none", "read", "write"],
      ["agents", "none", "read"],
      ["admin", "none", "write"],
    ])
    const lines = [...abilitiesOf(firstAccess), ...limitsOf(firstAccess, choicesOf(honoured))]
    expect(lines.join("\n")).not.toMatch(/document|schedule|remember|memory/)
    // A newly checked scope becomes selectable.
    const later = honouredScopes([...routes, { scope: "documents:write" }])
    expect(choicesOf(later).find(({ id }) => id === "documents")?.levels).toEqual(["none", "write"])
  })

  test("the preview never promises something it also rules out", () => {
    for (const choices of [choicesOf(scopes), choicesOf(honoured)]) {
      for (const { id, levels } of choices) {
        for (const level of levels) {
          const access = { ...allOf("none"), [id]: level }
          const able = new Set(abilitiesOf(access))
          expect(limitsOf(access, choices).filter((line) => able.has(line))).toEqual([])
        }
      }
      expect(limitsOf(allOf("write"), choices)).toEqual(["mint a token that may do more than this"])
    }
  })

  test("everyone’s conversations are selectable only together with one’s own", () => {
    const admin = { ...allOf("none"), admin: "write" } as const
    const line = "read everyone’s conversations"
    expect(abilitiesOf(admin)).not.toContain(line)
    expect(abilitiesOf({ ...admin, conversations: "read" })).toContain(line)
  })
})

describe("a token's times", () => {
  test.each([
    [90 * day + 30_000, "in 90 days", false],
    [7 * day, "in 7 days", false],
    [6 * day, "in 6 days", true],
    [day + 1, "in 1 day", true],
    [5 * hour, "in 5 h", true],
    [hour + 30_000, "in 1 h", true],
    [90_000, "in 2 min", true],
    [0, "expired", true],
  ])("%i ms left is %s", (leftMs, text, isSoon) => {
    expect(leftWords(leftMs, 0)).toEqual({ text, isSoon })
  })

  test.each([
    ["2026-11-23T11:59:30Z", "just now"],
    ["2026-11-23T11:30:00Z", "30 min ago"],
    ["2026-11-23T08:00:00Z", "4 h ago"],
    ["2026-11-22T23:00:00Z", "yesterday"],
    ["2026-08-30T12:00:00Z", "Aug 30"],
    ["2025-08-30T12:00:00Z", "Aug 30, 2025"],
  ])("a use at %s is %s", (usedAt, words) => {
    const now = Date.parse("2026-11-23T12:00:00Z")
    expect(usedWords(Date.parse(usedAt), now, "UTC")).toBe(words)
  })
})
