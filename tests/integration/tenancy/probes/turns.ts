import { expect } from "vitest"

import { findAdminTurn, findMessageAfter } from "#db/queries/admin-turns.ts"
import { findHead } from "#db/queries/heads.ts"
import { listRows } from "#db/queries/journal.ts"
import { findReplayRows } from "#db/queries/submit-keys.ts"
import { insertSubmits } from "#db/queries/submit.ts"
import { claimTitles, giveUpTitle, writeTitle, type TitleJob } from "#db/queries/titles.ts"
import { findAttachmentBytes, findTurnContext, listEarlierTurns } from "#db/queries/turn-context.ts"
import {
  deleteConversationRows,
  insertNudge,
  requestInterrupt,
  withdrawQueued,
} from "#db/queries/turn-control.ts"
import { newId } from "#lib/ids.ts"

import { lastSeq } from "../fixture.ts"
import { actorOf, move, type ProbeContext, type Probes } from "../probe.ts"

const ending = () => [{ kind: "final" as const, json: "{}" }]
const usage = { inputTokens: 1, outputTokens: 1, costUsd: null }

/** Our Ann, about her busy conversation. */
const request = ({ ours }: ProbeContext) => ({
  tenantId: ours.tenantId,
  userId: ours.annId,
  conversationId: ours.busyId,
})

/** The other Ann, about hers, presented as a member of our tenant. */
const foreign = ({ ours, theirs }: ProbeContext) => ({
  tenantId: ours.tenantId,
  userId: theirs.annId,
  conversationId: theirs.busyId,
})

const nudge = (key: string | null = null) => ({
  nudgeId: newId(),
  pendingMax: 50,
  idempotency: key === null ? null : { key, fingerprint: Buffer.from("new"), ttlSeconds: 60 },
})

async function turnOf({ sql }: ProbeContext, id: string) {
  const [row] = await sql<{ status: string; asked: Date | null; nudgeSeq: number | null }[]>`
    select status, interrupt_requested_at as asked, nudge_seq as "nudgeSeq" from turns
    where id = ${id}`
  if (row === undefined) throw new Error("the turn is gone")
  return row
}

async function conversationOf({ sql }: ProbeContext, id: string) {
  const [row] = await sql<
    { title: string; turns: number; deletedAt: Date | null; titleDueAt: Date | null }[]
  >`
    select title, turns, deleted_at as "deletedAt", title_due_at as "titleDueAt" from conversations
    where id = ${id}`
  if (row === undefined) throw new Error("the conversation is gone")
  return row
}

async function addTurn({ sql, ours }: ProbeContext, tenantId: string, seq: number, status: string) {
  await sql`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      turn_source, status)
    values (${newId()}, ${tenantId}, ${ours.conversationId}, ${ours.agentId}, ${ours.annId},
      ${newId()}, ${seq}, 'web', ${status})`
}

export const turnProbes: Probes = {
  "a message is accepted and replayed only in the tenant": async ({ db, ours, theirs }) => {
    const message = {
      tenantId: ours.tenantId,
      userId: theirs.annId,
      conversationId: theirs.conversationId,
      turnId: newId(),
      messageId: newId(),
      turnSource: "web",
      browserSession: false,
      payload: "{}",
      detail: null,
      preview: "x",
      automaticTitle: "x",
      attachments: [],
      idempotency: null,
    }
    const own = {
      ...message,
      turnId: newId(),
      userId: ours.annId,
      conversationId: ours.conversationId,
    }
    expect(
      await insertSubmits(db, [message, own], { queuedTurnsMax: 50, keySeconds: 60 }),
    ).toMatchObject([{ state: "not_found" }, { state: "accepted" }])
    const asked = [message, own].map((row) => ({ ...row, key: "k" }))
    expect(await findReplayRows(db, asked)).toEqual([null, { key: null }])
  },

  "a journal and its head are read only in the tenant": async ({ db, ours, theirs }) => {
    const rows = (conversationId: string) =>
      listRows(db, { tenantId: ours.tenantId, conversationId, rowsMax: 10 })
    expect(await rows(ours.conversationId)).toHaveLength(lastSeq)
    expect(await rows(theirs.conversationId)).toEqual([])
    expect(await findHead(db, ours.tenantId, ours.conversationId)).toMatchObject({ lastSeq })
    expect(await findHead(db, ours.tenantId, theirs.conversationId)).toBeNull()
  },

  "a driver finds only rows of its turn's tenant": async ({ db, sql, ours, theirs }) => {
    const { tenantId, conversationId, agentId, annId: userId } = ours
    const turn = { tenantId, conversationId, agentId, userId }
    expect(await findTurnContext(db, turn)).not.toBeNull()
    for (const other of [
      { conversationId: theirs.conversationId },
      { agentId: theirs.agentId },
      { userId: theirs.annId },
    ]) {
      expect(await findTurnContext(db, { ...turn, ...other })).toBeNull()
    }
    const before = { tenantId, conversationId, messageSeq: 100 }
    expect(await listEarlierTurns(db, before, 10)).toHaveLength(1)
    const foreignTurns = { ...before, conversationId: theirs.conversationId }
    expect(await listEarlierTurns(db, foreignTurns, 10)).toEqual([])
    expect(await findAttachmentBytes(db, tenantId, ours.attachmentId)).not.toBeNull()
    expect(await findAttachmentBytes(db, tenantId, theirs.attachmentId)).toBeNull()
    await sql`update attachments set sha256 = ${theirs.sha256} where id = ${ours.attachmentId}`
    expect(await findAttachmentBytes(db, tenantId, ours.attachmentId)).toBeNull()
  },

  "an administrator inspects only turns of the tenant": async (context) => {
    const { db, ours, theirs } = context
    const { tenantId, conversationId, turnId } = ours
    await addTurn(context, theirs.tenantId, 0, "ended")
    await addTurn(context, theirs.tenantId, 9, "ended")
    const own = await findAdminTurn(db, { tenantId, conversationId, turnId })
    expect(own).toMatchObject({ id: turnId, previousId: null, nextId: null })
    const wanted = { conversationId: theirs.conversationId, turnId: theirs.turnId }
    expect(await findAdminTurn(db, { tenantId, ...wanted })).toBeNull()
    expect(await findMessageAfter(db, { tenantId, conversationId, seq: 0 }, 1)).toBe(1)
    expect(await findMessageAfter(db, { tenantId, conversationId, seq: 1 }, 1)).toBeNull()
  },

  "a turn of another tenant is not stopped": async (context) => {
    const { db } = context
    expect(await requestInterrupt(db, { ...foreign(context), turnId: null }, ending)).toBeNull()
    const stopped = await requestInterrupt(db, { ...request(context), turnId: null }, ending)
    expect(stopped).toMatchObject({ stopped: true, running: context.ours.runningId })
  },

  "a turn moved before it is found is not stopped": async (context) => {
    const { db, ours } = context
    context.before("select id, status, attempt", move(context, "turns", ours.runningId))
    const stopped = await requestInterrupt(db, { ...request(context), turnId: null }, ending)
    expect(stopped).toEqual({ stopped: false, running: null, ended: null })
  },

  "a turn moved after it is found is not stopped": async (context) => {
    const { db, ours } = context
    context.before("set interrupt_requested_at", move(context, "turns", ours.runningId))
    await requestInterrupt(db, { ...request(context), turnId: null }, ending)
    expect((await turnOf(context, ours.runningId)).asked).toBeNull()
  },

  "a queued turn moved meanwhile is not withdrawn": async (context) => {
    const { db, ours } = context
    context.before("set status = 'ended', ended_at", move(context, "turns", ours.queuedId))
    await withdrawQueued(db, { ...request(context), turnId: ours.queuedId }, ending)
    expect((await turnOf(context, ours.queuedId)).status).toBe("queued")
  },

  "a stopped turn is not counted in another tenant": async (context) => {
    const { db, ours } = context
    context.before("update conversations set turns", move(context, "conversations", ours.busyId))
    await requestInterrupt(db, { ...request(context), turnId: ours.queuedId }, ending)
    expect((await conversationOf(context, ours.busyId)).turns).toBe(0)
  },

  "a turn of another tenant takes no nudge, and none of its keys is claimed": async (context) => {
    const { db, sql, theirs } = context
    await sql`
      insert into idempotency_keys
        (conversation_id, operation, key, turn_id, message_id, fingerprint, expires_at)
      values (${theirs.busyId}, 'nudge', 'k', ${newId()}, ${newId()}, 'old', now() - interval '1 h')`
    const outcome = await insertNudge(db, { ...foreign(context), ...nudge("k") }, () => "{}")
    expect(outcome).toEqual({ state: "not_found" })
    expect(await sql`select 1 from idempotency_keys where fingerprint = 'old'`).toHaveLength(1)
  },

  "a nudge is added and counted": async (context) => {
    const { db, ours } = context
    const outcome = await insertNudge(db, { ...request(context), ...nudge("k") }, () => "{}")
    expect(outcome).toMatchObject({ state: "buffered", pendingCount: 1 })
    expect((await turnOf(context, ours.runningId)).nudgeSeq).toBe(3)
  },

  "a turn moved meanwhile takes no nudge": async (context) => {
    const { db, ours } = context
    context.before("set nudge_seq", move(context, "turns", ours.runningId))
    await insertNudge(db, { ...request(context), ...nudge() }, () => "{}")
    expect((await turnOf(context, ours.runningId)).nudgeSeq).toBeNull()
  },

  "nudges of a turn moved meanwhile are not counted": async (context) => {
    const { db, ours } = context
    await insertNudge(db, { ...request(context), ...nudge() }, () => "{}")
    context.before("with own as", move(context, "turns", ours.runningId))
    const outcome = await insertNudge(db, { ...request(context), ...nudge() }, () => "{}")
    // Only its own message.
    expect(outcome).toMatchObject({ state: "buffered", pendingCount: 1 })
  },

  "a conversation moved meanwhile is not deleted": async (context) => {
    const { db, ours } = context
    const audit = { actor: actorOf(ours), recordId: newId() }
    context.before("update conversations set deleted", move(context, "conversations", ours.busyId))
    await deleteConversationRows(db, request(context), audit)
    expect((await conversationOf(context, ours.busyId)).deletedAt).toBeNull()
  },

  "a turn moved meanwhile is not deleted": async (context) => {
    const { db, ours } = context
    const audit = { actor: actorOf(ours), recordId: newId() }
    context.before("outcome = 'deleted'", move(context, "turns", ours.runningId))
    await deleteConversationRows(db, request(context), audit)
    expect((await turnOf(context, ours.runningId)).status).toBe("running")
    expect((await turnOf(context, ours.queuedId)).status).toBe("ended")
  },

  "a title is requested from an agent of the tenant": async ({ db, sql, ours, theirs }) => {
    const due = async () => {
      await sql`
        update conversations set title_due_at = now() - interval '1 minute', title_tries = 0
        where id = ${ours.conversationId}`
      return await claimTitles(db, { jobsMax: 10, leaseSeconds: 60 })
    }
    expect(await due()).toMatchObject([{ conversationId: ours.conversationId }])
    await sql`
      update conversations set agent_id = ${theirs.agentId} where id = ${ours.conversationId}`
    expect(await due()).toEqual([])
  },

  "a title is written, or given up, only in the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    await sql`
      update conversations set title_due_at = now() where id = ${theirs.conversationId}`
    const job: TitleJob = {
      conversationId: theirs.conversationId,
      tenantId: ours.tenantId,
      attempt: 0,
      agentId: ours.agentId,
      userId: ours.annId,
      model: null,
      message: null,
      answer: null,
    }
    await giveUpTitle(db, job)
    expect((await conversationOf(context, theirs.conversationId)).titleDueAt).not.toBeNull()
    expect(await writeTitle(db, job, "Written", usage)).toBeNull()
    expect((await conversationOf(context, theirs.conversationId)).title).toBe("theirs title")
    await sql`
      update participants set tenant_id = ${theirs.tenantId}, read_seq = ${lastSeq}
      where conversation_id = ${ours.conversationId}`
    const own = { ...job, conversationId: ours.conversationId }
    expect(await writeTitle(db, own, "Written", usage)).toMatchObject({ seq: lastSeq + 1 })
    const rows = await sql`
      select 1 from participants
      where conversation_id = ${ours.conversationId} and read_seq = ${lastSeq}`
    expect(rows).toHaveLength(1)
  },
}
