import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

import { findConditions } from "#scripts/tenancy/find-built.ts"
import { findPredicates, type Predicate } from "#scripts/tenancy/find-predicates.ts"

import { createTestDatabase, type TestDatabase } from "../../support/database.ts"
import { addCrowd, addTenantFixture } from "./fixture.ts"
import type { ProbeContext, Probes } from "./probe.ts"
import { agentProbes } from "./probes/agents.ts"
import { auditProbes } from "./probes/audit.ts"
import { conversationProbes } from "./probes/conversations.ts"
import { erasureProbes } from "./probes/erasure.ts"
import { resetProbes } from "./probes/password-resets.ts"
import { peopleProbes } from "./probes/people.ts"
import { tokenProbes } from "./probes/tokens.ts"
import { turnProbes } from "./probes/turns.ts"
import { tapTransaction } from "./tapped-client.ts"
import { now, usedBy } from "./watched-conditions.ts"

// Test files share a process: queries already loaded by an earlier file would keep their real
// conditions.
vi.hoisted(() => vi.resetModules())
vi.mock("#db/in-tenant.ts", async (importOriginal) => {
  const { watchConditions } = await import("./watched-conditions.ts")
  return watchConditions(await importOriginal())
})

const probes: Probes = {
  ...peopleProbes,
  ...resetProbes,
  ...erasureProbes,
  ...tokenProbes,
  ...agentProbes,
  ...auditProbes,
  ...turnProbes,
  ...conversationProbes,
}

let database: TestDatabase
let sides: Pick<ProbeContext, "ours" | "theirs" | "crowd">
/** Probes that pass on unmodified queries. */
const sound = new Set<string>()
/** The probes that run a statement, by its text. */
const runBy = new Map<string, Set<string>>()

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  sides = {
    ours: await addTenantFixture(db, "ours"),
    theirs: await addTenantFixture(db, "theirs"),
    crowd: await addCrowd(db),
  }
})

afterAll(async () => {
  vi.resetModules()
  await database?.drop()
})

const rollback = new Error("Nothing of it stays.")

/**
 * Runs a probe in a transaction that is rolled back.
 * @param dropped the condition to omit meanwhile; for the query builder, its location
 * @returns the probe's error, or null
 */
async function failureOf(name: string, dropped: Predicate | string | null): Promise<unknown> {
  let failure: unknown = null
  const predicate = typeof dropped === "string" ? null : dropped
  now.probe = name
  now.dropped = typeof dropped === "string" ? dropped : null
  const happenings: { text: string; happen: () => void }[] = []
  const work = database.db.$client.begin(async (sql) => {
    const db = tapTransaction(sql, (pieces, values) => {
      const text = pieces.join("\0")
      runBy.set(text, (runBy.get(text) ?? new Set()).add(name))
      const plain = text.replaceAll('"', "")
      for (const happening of happenings) if (plain.includes(happening.text)) happening.happen()
      return predicate !== null && text === predicate.statement.pieces.join("\0")
        ? without(predicate, values)
        : { pieces, values }
    })
    const context: ProbeContext = {
      db,
      sql,
      outside: database.db.$client,
      ...sides,
      before: (text, happening) =>
        happenings.push({ text, happen: () => void happening(sql).execute() }),
    }
    try {
      await probes[name]?.(context)
    } catch (error) {
      failure = error
    }
    throw rollback
  })
  // A failed statement aborts the transaction, even when the probe handles the error.
  await work.catch((error: unknown) => {
    if (failure === null && error !== rollback) failure = error
  })
  return failure
}

function without({ without: { pieces, droppedValue } }: Predicate, values: readonly unknown[]) {
  return {
    pieces,
    values: droppedValue === null ? values : values.toSpliced(droppedValue, 1),
  }
}

/** Whether omitting the condition made the statement invalid SQL, which proves nothing. */
function isNonsense(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && /^(?:42|08|0A)/.test(String(failure.code))
}

/** The first probe that fails without a condition. */
async function findMissing(
  probes: Iterable<string>,
  dropped: Predicate | string,
): Promise<string | null> {
  for (const probe of probes) {
    const failure = sound.has(probe) ? await failureOf(probe, dropped) : null
    if (isNonsense(failure)) throw failure
    if (failure !== null) return probe
  }
  return null
}

describe("between two tenants", () => {
  test.each(Object.keys(probes))("%s", async (name) => {
    const failure = await failureOf(name, null)
    if (failure === null) sound.add(name)
    else throw failure
    expect(sound).toContain(name)
  })
})

describe("a probe detects every omitted tenant condition", () => {
  const predicates = findPredicates().map((predicate) => {
    const { file } = predicate.statement
    return [`${file}:${predicate.line} ${predicate.text}`, predicate] as const
  })

  test.each(predicates)("%s", async (_name, predicate) => {
    const probes = runBy.get(predicate.statement.pieces.join("\0")) ?? []
    expect(await findMissing(probes, predicate)).not.toBeNull()
  })

  const places = findConditions().map(({ file, line, text }) => [`${file}:${line}`, text] as const)

  test("is on its own line", () => {
    expect(new Set(places.map(([place]) => place)).size).toBe(places.length)
  })

  test("is recorded with its location", () => {
    const known = new Set<string>(places.map(([place]) => place))
    expect([...usedBy.keys()].filter((place) => !known.has(place))).toEqual([])
  })

  test.each(places)("%s %s", async (place) => {
    expect(await findMissing(usedBy.get(place) ?? [], place)).not.toBeNull()
  })
})
