import { expect } from "vitest"

import {
  listAdminRows,
  listFilterChoices,
  listTraceEvents,
} from "#db/queries/admin-conversations.ts"
import { listTextHits } from "#db/queries/admin-search.ts"
import { findAttachmentFile, storeAttachmentBytes } from "#db/queries/attachments.ts"
import type { ListRange } from "#db/queries/conversation-conditions.ts"
import {
  countConversations,
  listConversationIds,
  listConversations,
} from "#db/queries/conversation-list.ts"
import { findConversationSnapshot } from "#db/queries/conversation-snapshot.ts"
import { listNamedStates, listNewestStates } from "#db/queries/conversation-states.ts"
import {
  findAccess,
  findAutomaticTitle,
  findOwnedAgent,
  insertConversation,
  markRead,
  renameConversation,
} from "#db/queries/conversations.ts"
import { purgeAttachmentBytes } from "#db/queries/housekeeping.ts"
import { searchConversations } from "#db/queries/search.ts"
import { newId } from "#lib/ids.ts"
import { eventKinds } from "#lib/protocol/events.ts"

import { lastSeq, type TenantFixture } from "../fixture.ts"
import { move, type ProbeContext, type Probes } from "../probe.ts"

const newest: ListRange = { sort: "recent", after: null, offset: 0, rowsMax: 10 }
const admin = ({ tenantId, adminId }: TenantFixture) => ({
  tenantId,
  userId: adminId,
  isAdmin: true,
})
const ann = ({ tenantId, annId }: TenantFixture) => ({ tenantId, userId: annId, isAdmin: false })
/** A person of their tenant, presented as one of ours. */
const stranger = ({ ours, theirs }: ProbeContext) => ({ ...ann(theirs), tenantId: ours.tenantId })

/** The owner of the crowd searches for a text. */
const lookFor = ({ crowd }: ProbeContext, q: string) => ({
  viewer: { tenantId: crowd.tenantId, userId: crowd.ownerId, isAdmin: true },
  q,
})

export const conversationProbes: Probes = {
  "an administrator lists the conversations of the tenant": async ({ db, ours }) => {
    const filter = { viewer: admin(ours) }
    const ids = await listConversationIds(db, filter, newest)
    expect(ids.toSorted()).toEqual([ours.conversationId, ours.busyId].toSorted())
    expect(await countConversations(db, filter, 100)).toBe(2)
  },

  "a conversation moved meanwhile is not listed": async (context) => {
    const { db, ours } = context
    context.before("with ordinality as page", move(context, "conversations", ours.busyId))
    const rows = await listConversations(db, { viewer: admin(ours) }, newest)
    expect(rows.map(({ id }) => id)).toEqual([ours.conversationId])
  },

  "a short text is searched in the tenant's newest conversations": async (context) => {
    const { db, sql, ours, theirs } = context
    await sql`
      update conversations set last_activity_at = now() + interval '1 day'
      where id = ${theirs.conversationId}`
    await sql`
      update conversations set last_activity_at = now() + interval '1 hour'
      where id = ${ours.conversationId}`
    const filter = { viewer: admin(ours), q: "ti", newestOnly: 1 }
    expect(await listConversationIds(db, filter, newest)).toEqual([ours.conversationId])
  },

  "running turns are those of the tenant": async ({ db, sql, ours, theirs }) => {
    await sql`
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        turn_source, status)
      values (${newId()}, ${theirs.tenantId}, ${ours.conversationId}, ${ours.agentId},
        ${ours.annId}, ${newId()}, 9, 'web', 'running')`
    const filter = { viewer: admin(ours), outcome: "running" as const }
    expect(await listConversationIds(db, filter, newest)).toEqual([ours.busyId])
  },

  "texts of another tenant match nothing": async (context) => {
    const { db, sql, crowd, theirs } = context
    await sql`update conversations set title = 'a needle' where id = ${crowd.oldestId}`
    await sql`
      insert into conversation_texts (conversation_id, tenant_id, text)
      values (${crowd.oldestId}, ${theirs.tenantId}, 'a needle')`
    expect(await listConversationIds(db, lookFor(context, "needle"), newest)).toEqual([])
    expect(await countConversations(db, lookFor(context, "needle"), 100)).toBe(0)
    await sql`update conversation_texts set tenant_id = ${crowd.tenantId} where text = 'a needle'`
    expect(await listConversationIds(db, lookFor(context, "needle"), newest)).toHaveLength(1)
    expect(await countConversations(db, lookFor(context, "needle"), 100)).toBe(1)
  },

  "agent names of another tenant match nothing": async (context) => {
    const { db, sql, crowd, theirs } = context
    await sql`update agents set display_name = 'Haystack' where id = ${theirs.agentId}`
    await sql`
      update conversations set agent_id = ${theirs.agentId}
      where id = ${crowd.oldestId} or (tenant_id = ${crowd.tenantId} and channel_thread = '1')`
    expect(await listConversationIds(db, lookFor(context, "haystack"), newest)).toEqual([])
    expect(await countConversations(db, lookFor(context, "haystack"), 100)).toBe(0)
  },

  "rows, traces and filter options of the browser belong to the tenant": async ({
    db,
    ours,
    theirs,
  }) => {
    const ids = [ours.conversationId, theirs.conversationId]
    expect(await listAdminRows(db, ours.tenantId, ids)).toMatchObject([{ id: ours.conversationId }])
    const turns = [ours, theirs].map(({ conversationId, turnId }) => ({
      conversationId,
      turnId,
      seq: 1,
    }))
    const events = await listTraceEvents(db, {
      tenantId: ours.tenantId,
      kinds: eventKinds,
      turns,
    })
    expect(new Set(events.map((event) => event.conversationId))).toEqual(
      new Set([ours.conversationId]),
    )
    const { owners, agents } = await listFilterChoices(db, ours.tenantId)
    expect(owners).toHaveLength(3)
    expect(agents).toHaveLength(2)
  },

  "a conversation is opened only in its tenant": async ({ db, ours, theirs }) => {
    expect(await findAccess(db, admin(ours), ours.conversationId)).not.toBeNull()
    expect(await findAccess(db, admin(ours), theirs.conversationId)).toBeNull()
    const mine = { id: theirs.conversationId, tenantId: ours.tenantId, ownerId: theirs.annId }
    expect(await findOwnedAgent(db, mine)).toBeNull()
    expect(await findConversationSnapshot(db, admin(ours), theirs.conversationId)).toBeNull()
  },

  "people and turns of a conversation are those of its tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${ours.conversationId}, ${theirs.annId}, ${ours.tenantId})`
    await sql`
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        turn_source)
      values (${newId()}, ${theirs.tenantId}, ${ours.conversationId}, ${ours.agentId},
        ${ours.annId}, ${newId()}, 9, 'web')`
    const snapshot = await findConversationSnapshot(db, ann(ours), ours.conversationId)
    expect(snapshot?.people.map(({ userId }) => userId)).toEqual([ours.annId])
    expect(snapshot?.turns).toEqual([])
  },

  "a conversation starts only with an agent of the tenant": async ({ db, ours, theirs }) => {
    const begun = { id: newId(), tenantId: ours.tenantId, ownerId: ours.annId }
    expect(await insertConversation(db, { ...begun, agentId: theirs.agentId })).toBeNull()
    const own = await insertConversation(db, { ...begun, agentId: ours.agentId })
    expect(own).toEqual({ status: "active", isNew: true })
  },

  "the read position is stored only in the tenant": async ({ db, sql, ours, theirs }) => {
    const { tenantId, annId: userId, conversationId } = ours
    const reader = { tenantId, userId, conversationId, seq: 1 }
    expect(await markRead(db, reader)).toBe(true)
    await sql`
      update participants set tenant_id = ${theirs.tenantId}
      where conversation_id = ${conversationId}`
    expect(await markRead(db, reader)).toBe(false)
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${theirs.conversationId}, ${userId}, ${tenantId})`
    expect(await markRead(db, { ...reader, conversationId: theirs.conversationId })).toBe(false)
  },

  "a conversation is renamed only in its tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const { conversationId } = theirs
    const rename = { ...stranger(context), conversationId, title: "Renamed" }
    expect(await renameConversation(db, rename)).toBeNull()
    const [head] = await sql`select last_seq from heads where conversation_id = ${conversationId}`
    expect(head).toEqual({ lastSeq: lastSeq })
    const own = { ...ann(ours), conversationId: ours.conversationId, title: "Renamed" }
    expect(await renameConversation(db, own)).toMatchObject({ title: "Renamed" })
    await sql`update conversations set automatic_title = 'First words'`
    const conversation = { tenantId: ours.tenantId, conversationId }
    expect(await findAutomaticTitle(db, conversation)).toBeNull()
    expect(await findAutomaticTitle(db, own)).toBe("First words")
  },

  "states are reported only for conversations of the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const ids = [ours.conversationId, theirs.conversationId]
    expect(await listNewestStates(db, [stranger(context)], 10)).toEqual([])
    expect(await listNamedStates(db, [stranger(context)], ids)).toEqual([])
    expect(await listNewestStates(db, [ann(ours)], 10)).toHaveLength(2)
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${theirs.conversationId}, ${ours.annId}, ${ours.tenantId})`
    expect(await listNamedStates(db, [ann(ours)], ids)).toMatchObject([{ id: ours.conversationId }])
  },

  "a search finds only rows of the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const search = {
      texts: { words: ["secret"], prefix: null },
      titles: null,
      after: null,
      rowsMax: 10,
    }
    const titles = { ...search, texts: null, titles: [{ raw: "title", folded: "title" }] }
    expect(await searchConversations(db, { ...search, viewer: stranger(context) })).toEqual([])
    expect(await searchConversations(db, { ...titles, viewer: stranger(context) })).toEqual([])
    const own = [{ conversationId: ours.conversationId }]
    expect(await searchConversations(db, { ...search, viewer: ann(ours) })).toMatchObject(own)
    expect(await searchConversations(db, { ...titles, viewer: admin(ours) })).toMatchObject(own)
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      values (${theirs.conversationId}, ${ours.annId}, ${ours.tenantId})`
    await sql`
      update search_entries set tenant_id = ${ours.tenantId}
      where conversation_id = ${theirs.conversationId}`
    expect(await searchConversations(db, { ...search, viewer: ann(ours) })).toMatchObject(own)
  },

  "administrators find only texts of the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    await sql`
      update search_entries set at = now() + interval '1 hour'
      where tenant_id = ${theirs.tenantId}`
    const search = {
      tenantId: ours.tenantId,
      texts: { words: ["secret"], prefix: null },
      after: null,
      rowsMax: 1,
    }
    const found = async () => (await listTextHits(db, search)).hits
    expect(await found()).toMatchObject([{ conversationId: ours.conversationId }])
    context.before("with ordinality as page", move(context, "conversations", ours.conversationId))
    expect(await found()).toEqual([])
  },

  "a file's conversation and bytes belong to one tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    const { attachmentId, conversationId } = ours
    const file = () => findAttachmentFile(db, admin(ours), conversationId, attachmentId)
    expect(await file()).not.toBeNull()
    const foreign = { file: theirs.attachmentId, conversation: theirs.conversationId }
    expect(await findAttachmentFile(db, admin(ours), foreign.conversation, foreign.file)).toBeNull()
    await sql`update attachments set sha256 = ${theirs.sha256} where id = ${attachmentId}`
    expect(await file()).toBeNull()
    await sql`update attachments set sha256 = ${ours.sha256} where id = ${attachmentId}`
    await move(context, "conversations", conversationId)(sql)
    expect(await file()).toBeNull()
  },

  "file quota and usage belong to the tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    await sql`update file_usage set bytes = 1000 where tenant_id = ${theirs.tenantId}`
    await sql`update file_usage set bytes = 10 where tenant_id = ${ours.tenantId}`
    const store = (file: { sha256: Buffer; bytes: Uint8Array }, bytesMax: number) =>
      storeAttachmentBytes(db, ours.tenantId, [file], bytesMax)
    const elsewhere = { sha256: theirs.sha256, bytes: Buffer.from("them") }
    expect(await store(elsewhere, 10)).toBe(false)
    expect(await store(elsewhere, 14)).toBe(true)
    expect(await store({ sha256: ours.sha256, bytes: Buffer.from("ours") }, 10)).toBe(true)
  },

  "bytes linked only by another tenant are deleted": async ({ db, sql, ours, theirs }) => {
    await sql`
      update attachment_bytes set touched_at = now() - interval '1 day'
      where tenant_id = ${ours.tenantId}`
    await sql`update attachments set tenant_id = ${theirs.tenantId} where id = ${ours.attachmentId}`
    expect(await purgeAttachmentBytes(db)).toBe(1)
  },
}
