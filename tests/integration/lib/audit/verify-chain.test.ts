import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { insertAudit, type AuditActor } from "#db/queries/audit.ts"
import { getAuditSecret } from "#lib/audit/audit-secret.ts"
import { AuditSealer } from "#lib/audit/sealer.ts"
import { judgeChain, verifyChain, type ChainAnchor } from "#lib/audit/verify-chain.ts"
import { newId } from "#lib/ids.ts"
import { createLog } from "#lib/log.ts"
import type { AuditVerdict } from "#lib/protocol/audit.ts"

import { createTestDatabase, type TestDatabase } from "../../../support/database.ts"
import { addTenant } from "../../../support/people.ts"
import { seededRandom } from "../../../support/random.ts"
import { databaseOf, randomTamper } from "./tampers.ts"

const rows = 20
const tampers = 1_000

let database: TestDatabase
let tenantId: string
let actor: AuditActor
/** The log output of sealing the chain. */
let logged = ""

const sql = () => database.db.$client
const seal = (log = createLog("silent")) => new AuditSealer(database.db, log, undefined).sealAll()

const verify = (anchor: ChainAnchor | null = null, tenant = tenantId) =>
  verdictOf(
    verifyChain({ db: database.db, env: { STUDIO_AUDIT_SECRET: undefined } }, tenant, anchor),
  )

async function verdictOf(walk: AsyncGenerator<undefined, AuditVerdict>): Promise<AuditVerdict> {
  for (;;) {
    const step = await walk.next()
    if (step.done === true) return step.value
  }
}

const record = async (by: AuditActor, note: string) =>
  await insertAudit(sql(), by, {
    id: newId(),
    action: "token.created",
    targetKind: "token",
    targetId: newId(),
    subjectId: newId(),
    detail: { name: note, ключ: "🗝️ \u2028 \u0000" },
  })

beforeAll(async () => {
  database = await createTestDatabase()
  tenantId = await addTenant(database.db, "Ours")
  actor = {
    tenantId,
    actorId: newId(),
    credentialKind: "session",
    credentialId: newId(),
    requestId: newId(),
    address: "127.0.0.1",
  }
  for (let number = 0; number < rows; number++) await record(actor, `record ${number}`)
  await seal(createLog("info", "studio", { write: (line) => (logged += line) }))
})

afterAll(async () => await database?.drop())

test("an untouched chain verifies up to the last record", async () => {
  const verdict = await verify()
  expect(verdict).toMatchObject({ checked: rows, ok: true, unsealed: 0 })
  expect(verdict.head?.seq).toBe(rows)
})

test("a tenant without records verifies", async () => {
  expect(await verify(null, newId())).toEqual({ checked: 0, ok: true, unsealed: 0 })
})

test("a waiting record is counted, and sealed next", async () => {
  const other = { ...actor, tenantId: await addTenant(database.db, "Other") }
  await record(other, "waits")
  expect(await verify(null, other.tenantId)).toEqual({ checked: 0, ok: true, unsealed: 1 })
  await seal()
  expect(await verify(null, other.tenantId)).toMatchObject({ checked: 1, ok: true, unsealed: 0 })
})

test.each([
  ["update", () => sql()`update audit set action = 'user.enabled' where seq = 3`],
  ["unsealed update", () => sql()`update audit set address = null, seq = 1000 where seq is null`],
  ["delete", () => sql()`delete from audit where seq = 3`],
  ["truncate", () => sql()`truncate audit`],
])("the table rejects %s", async (_what, change) => {
  await record({ ...actor, tenantId: await addTenant(database.db, "Guarded") }, "is there")
  await expect(change()).rejects.toThrow("only ever added")
  await seal()
})

describe("without the guard triggers", () => {
  beforeAll(async () => {
    await sql()`alter table audit disable trigger all`
    await sql()`create table audit_kept as select * from audit`
    await sql()`create table audit_heads_kept as select * from audit_heads`
  })

  const restore = () =>
    sql().begin(async (tx) => {
      await tx`delete from audit`
      await tx`insert into audit select * from audit_kept`
      await tx`delete from audit_heads`
      await tx`insert into audit_heads select * from audit_heads_kept`
    })

  test(`${tampers} random tampers are all found, and undoing them raises no alarm`, async () => {
    const random = seededRandom(20_261_126)
    const secret = await getAuditSecret(database.db, undefined)
    const missed: string[] = []
    const reasons = new Map<string, number>()
    const undo = new Error("undo")
    await sql().begin(async (tx) => {
      // One transaction with a savepoint per case, so that nothing has to reach the disk.
      for (let number = 0; number < tampers; number++) {
        const tampered = tx.savepoint(async (savepoint) => {
          const what = await randomTamper(savepoint, tenantId, rows, random)
          const db = databaseOf(savepoint)
          const verdict = await verdictOf(judgeChain(db, secret, tenantId, null))
          if (verdict.ok) missed.push(what)
          const reason = verdict.broken_reason ?? "missed"
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
          throw undo
        })
        await tampered.catch((error: unknown) => {
          if (error !== undo) throw error
        })
      }
    })
    expect(missed).toEqual([])
    expect(await verify()).toMatchObject({ ok: true })
    // Every kind of break occurred.
    expect([...reasons.keys()].toSorted()).toEqual(
      ["beyond_head", "content", "head", "linkage", "missing", "tail_missing"].toSorted(),
    )
  }, 300_000)

  /** An attacker with the database also has its secret, so a resealed chain is consistent. */
  const sealAnew = async () => {
    await sql()`update audit set seq = null, prev_hash = null, hash = null where tenant_id = ${tenantId}`
    await sql()`delete from audit_heads where tenant_id = ${tenantId}`
    await seal()
    expect(await verify()).toMatchObject({ ok: true })
  }

  test.each([
    [
      "rewritten",
      "anchor",
      () => sql()`update audit set address = '10.0.0.1' where tenant_id = ${tenantId} and seq = 1`,
    ],
    [
      "cut",
      "tail_missing",
      () => sql()`delete from audit where tenant_id = ${tenantId} and seq > ${rows - 3}`,
    ],
  ])(
    "a whole chain %s and resealed is detected by its logged anchor",
    async (_how, reason, tamper) => {
      const { tenant, seq, hash } = JSON.parse(logged) as Record<string, unknown>
      expect([tenant, seq]).toEqual([tenantId, rows])
      const anchor = { seq: rows, hash: Buffer.from(String(hash), "hex") }
      await tamper()
      await sealAnew()
      expect(await verify(anchor)).toMatchObject({
        ok: false,
        broken_reason: reason,
        broken_at_seq: rows,
      })
      await restore()
      expect(await verify(anchor)).toMatchObject({ ok: true })
    },
  )

  test("nothing is sealed after an unverified head", async () => {
    await sql()`update audit_heads set seq = seq - 1 where tenant_id = ${tenantId}`
    await record(actor, "after")
    await seal()
    expect(await verify()).toMatchObject({ ok: false, unsealed: 1 })
    await restore()
  })
})
