import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { insertAudit } from "#db/queries/audit.ts"
import { getAuditSecret } from "#lib/audit/audit-secret.ts"
import { chainStart, hashRecord, signHead } from "#lib/audit/chain.ts"
import { resignChains } from "#lib/audit/resign-chains.ts"
import { AuditSealer } from "#lib/audit/sealer.ts"
import { verifyChain } from "#lib/audit/verify-chain.ts"
import { newId } from "#lib/ids.ts"
import { createLog } from "#lib/log.ts"

import { createTestDatabase, type TestDatabase } from "../../../support/database.ts"
import { addTenant } from "../../../support/people.ts"

const outside = "of the environment, not of the database"
const another = "of the environment after it has been changed"

let database: TestDatabase
let tenantId: string
let logged: string

beforeEach(async () => {
  database = await createTestDatabase()
  tenantId = await addTenant(database.db, "Ours")
  logged = ""
})
afterEach(() => database.drop())

const sql = () => database.db.$client

/** Records something and seals it with a secret; undefined = the one in the database. */
async function seal(secret: string | undefined): Promise<void> {
  const actor = { tenantId, actorId: newId(), credentialKind: null, credentialId: null }
  await insertAudit(
    sql(),
    { ...actor, requestId: null, address: null },
    { id: newId(), action: "user.created", targetKind: "user", targetId: newId() },
  )
  const log = createLog("info", "studio", { write: (line) => (logged += line) })
  await new AuditSealer(database.db, log, secret).sealAll()
}

async function verify(secret: string | undefined) {
  const walk = verifyChain({ db: database.db, env: { STUDIO_AUDIT_SECRET: secret } }, tenantId)
  let step = await walk.next()
  while (step.done !== true) step = await walk.next()
  const { ok, checked, unsealed, broken_reason: reason } = step.value
  return { ok, checked, unsealed, reason }
}

/** An attacker with write access to the database: a rewritten history, signed with its secret. */
async function forge(): Promise<void> {
  await sql()`alter table audit disable trigger all`
  await sql()`update audit set action = 'user.disabled' where seq = 1`
  const [row] = await sql()`
    select id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      actor_id, action, target_kind, target_id, detail::text from audit where seq = 1`
  const hash = hashRecord(chainStart.hash, tenantId, 1, {
    id: String(row?.["id"]),
    at: String(row?.["at"]),
    actorId: String(row?.["actorId"]),
    credentialKind: null,
    credentialId: null,
    action: "user.disabled",
    targetKind: "user",
    targetId: String(row?.["targetId"]),
    subjectId: null,
    detail: String(row?.["detail"]),
    requestId: null,
    address: null,
  })
  const mac = signHead(await getAuditSecret(database.db, undefined), tenantId, { seq: 1, hash })
  await sql()`update audit set hash = ${hash} where seq = 1`
  await sql()`update audit_heads set hash = ${hash}, mac = ${mac} where tenant_id = ${tenantId}`
  await sql()`alter table audit enable trigger all`
}

describe("a history rewritten by an attacker with database access", () => {
  test("is detected when the secret comes from the environment", async () => {
    await seal(outside)
    expect(await verify(outside)).toMatchObject({ ok: true, checked: 1 })
    await forge()
    expect(await verify(outside)).toMatchObject({ ok: false, reason: "head" })
    await seal(outside)
    expect(await verify(outside)).toMatchObject({ ok: false, unsealed: 1 })
    expect(logged).toContain("nothing is sealed")
  })

  test("is not detected when the secret is in the database: anchors exist for that", async () => {
    await seal(undefined)
    await forge()
    expect(await verify(undefined)).toMatchObject({ ok: true })
  })

  test("is not re-signed when the environment's secret changes", async () => {
    await seal(outside)
    await forge()
    const { broken } = await resignChains(database.db, { old: outside, next: another })
    expect(broken).toEqual([{ tenantId, reason: "head" }])
    expect(await verify(another)).toMatchObject({ ok: false })
  })
})

test("a newly configured secret seals nothing until the chains are re-signed with it", async () => {
  await seal(undefined)
  await seal(outside)
  expect(logged).toContain("audit:resign")
  expect(await verify(outside)).toMatchObject({ ok: false, reason: "head", unsealed: 1 })
  const old = await getAuditSecret(database.db, undefined)
  expect(await resignChains(database.db, { old, next: outside })).toEqual({
    signed: [tenantId],
    broken: [],
  })
  await seal(outside)
  expect(await verify(outside)).toMatchObject({ ok: true, checked: 3, unsealed: 0 })
  expect(await verify(undefined)).toMatchObject({ ok: false, reason: "head" })
  // Repeating it is harmless, and the next change works the same way.
  expect(await resignChains(database.db, { old, next: outside })).toMatchObject({ broken: [] })
  expect(await resignChains(database.db, { old: outside, next: another })).toMatchObject({
    signed: [tenantId],
  })
  expect(await verify(another)).toMatchObject({ ok: true, checked: 3 })
})

test("re-signing does not legitimise a broken chain", async () => {
  await seal(undefined)
  await sql()`alter table audit disable trigger all`
  await sql()`update audit set action = 'user.disabled' where seq = 1`
  const old = await getAuditSecret(database.db, undefined)
  expect(await resignChains(database.db, { old, next: outside })).toEqual({
    signed: [],
    broken: [{ tenantId, reason: "content" }],
  })
  expect(await resignChains(database.db, { old: "guessed", next: outside })).toMatchObject({
    broken: [{ tenantId }],
  })
})
