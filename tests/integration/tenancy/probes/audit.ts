import { expect } from "vitest"

import { insertConversationRead, insertListingRead } from "#db/queries/admin-reads.ts"
import {
  findAuditHead,
  findChainEnds,
  listSealedRows,
  replaceHeadMac,
  sealRecords,
  type AuditContent,
  type AuditHead,
} from "#db/queries/audit-chain.ts"
import { listAuditRecords } from "#db/queries/audit-list.ts"
import { newId } from "#lib/ids.ts"

import { actorOf, type ProbeContext, type Probes } from "../probe.ts"

const page = { after: null, rowsMax: 100 }

async function countRecords({ sql, ours }: ProbeContext, action: string): Promise<number> {
  const rows = await sql`
    select 1 from audit where tenant_id = ${ours.tenantId} and action = ${action}`
  return rows.length
}

export const auditProbes: Probes = {
  "records, and the people they name, are limited to the tenant": async ({
    db,
    sql,
    ours,
    theirs,
  }) => {
    const filter = { tenantId: ours.tenantId }
    const named = { actorName: `${ours.name} ann`, subjectName: `${ours.name} ann` }
    expect(await listAuditRecords(db, filter, page)).toMatchObject([named, named, named])
    await sql`
      insert into audit (id, tenant_id, action, actor_id, subject_id)
      values (${newId()}, ${ours.tenantId}, 'crossed', ${theirs.annId}, ${theirs.annId})`
    const crossed = { ...filter, actions: ["crossed"] }
    const nameless = { actorName: null, subjectName: null }
    expect(await listAuditRecords(db, crossed, page)).toMatchObject([nameless])
    const byEmail = { ...filter, actor: { email: theirs.annEmail } }
    expect(await listAuditRecords(db, byEmail, page)).toEqual([])
  },

  "a chain is sealed from one tenant's records": async ({ db, sql, ours, theirs, crowd }) => {
    const given: { head: AuditHead | null; rows: readonly AuditContent[] }[] = []
    const look = (head: AuditHead | null, rows: readonly AuditContent[]) => {
      given.push({ head, rows })
      return null
    }
    await sealRecords(db, crowd.tenantId, 10, look)
    await sealRecords(db, ours.tenantId, 10, look)
    expect(given).toMatchObject([
      { head: null, rows: [{ action: "tenant.created" }] },
      { head: { seq: 2 }, rows: [{ id: ours.auditId }] },
    ])
    const hash = Buffer.alloc(32)
    const seal = (id: string, seq: number) => ({ id, seq, prevHash: hash, hash })
    await sealRecords(db, ours.tenantId, 10, () => ({
      rows: [seal(ours.auditId, 3), seal(theirs.auditId, 3)],
      head: { seq: 3, hash, mac: hash },
    }))
    const rows = await sql<{ id: string }[]>`select id from audit where seq = 3`
    expect(rows.map(({ id }) => id)).toEqual([ours.auditId])
  },

  "a chain's head is re-signed in its tenant": async ({ db, sql, ours, theirs }) => {
    const [mac, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)]
    await sql`update audit_heads set mac = ${mac}`
    expect(await replaceHeadMac(db, ours.tenantId, { old: next, next: mac })).toBe(false)
    expect(await replaceHeadMac(db, ours.tenantId, { old: mac, next })).toBe(true)
    const others = await sql`select mac from audit_heads where tenant_id = ${theirs.tenantId}`
    expect(others).toMatchObject([{ mac }])
  },

  "a chain is read from one tenant's records": async ({ db, sql, ours, theirs, crowd }) => {
    expect(await findAuditHead(db, crowd.tenantId)).toBeNull()
    expect(await findAuditHead(db, ours.tenantId)).toMatchObject({ seq: 2 })
    const range = { after: 0, upTo: 10 }
    expect(await listSealedRows(db, ours.tenantId, range, 10)).toHaveLength(2)
    await sql`insert into audit (id, tenant_id, action, seq) values (${newId()}, ${theirs.tenantId}, 'x', 0)`
    await sql`insert into audit (id, tenant_id, action, seq) values (${newId()}, ${theirs.tenantId}, 'x', 3)`
    expect(await findChainEnds(db, ours.tenantId)).toEqual({
      unsealed: 1,
      strayRowSeq: null,
      hasRowsBeforeStart: false,
    })
  },

  "an administrator's reading is recorded in the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const actor = actorOf(ours)
    const read = (conversationId: string) =>
      insertConversationRead(db, actor, { id: newId(), conversationId, via: "page" })
    await read(theirs.conversationId)
    expect(await countRecords(context, "conversation.read_as_admin")).toBe(0)
    await sql`
      insert into audit (id, tenant_id, actor_id, credential_id, action, target_id)
      values (${newId()}, ${theirs.tenantId}, ${actor.actorId}, ${actor.credentialId},
        'conversation.read_as_admin', ${ours.conversationId})`
    await read(ours.conversationId)
    await read(ours.conversationId)
    expect(await countRecords(context, "conversation.read_as_admin")).toBe(1)
    expect(
      await sql`select 1 from audit where tenant_id = ${theirs.tenantId}
      and target_id = ${theirs.conversationId}`,
    ).toHaveLength(0)
  },

  "an administrator's listing is recorded in the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const actor = actorOf(ours)
    await sql`
      insert into audit (id, tenant_id, actor_id, credential_id, action, detail)
      values (${newId()}, ${theirs.tenantId}, ${actor.actorId}, ${actor.credentialId},
        'conversations.listed_as_admin', '{}')`
    await insertListingRead(db, actor, { id: newId(), detailJson: "{}" })
    expect(await countRecords(context, "conversations.listed_as_admin")).toBe(1)
  },
}
