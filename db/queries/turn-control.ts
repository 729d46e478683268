import type { TransactionSql } from "postgres"

import type { EventKind } from "#lib/protocol/events.ts"

import type { Database } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

/** Who asks, and about which conversation: every statement here checks both. */
interface ControlRequest {
  tenantId: string
  userId: string
  conversationId: string
}

interface LockedHead {
  runTurn: string | null
  interrupt: boolean
}

interface OpenTurn {
  id: string
  status: "queued" | "running" | "ended"
  attempt: number
  messageSeq: number
}

/** A terminal pair written to a turn that no driver has touched. */
export interface QueuedEnding {
  turnId: string
  lastSeq: number
}

/** Event texts of a turn that ends before it began. */
type QueuedEndingEvents = (turnId: string) => readonly { kind: EventKind; json: string }[]

/**
 * Asks a turn to stop: with `turnId` only that one, else the running one, else the oldest queued.
 * A queued turn that never ran ends here and now.
 * @returns null when the caller may not write to the conversation
 */
export async function requestInterrupt(
  db: Database,
  request: ControlRequest & { turnId: string | null },
  endingEvents: QueuedEndingEvents,
): Promise<{ stopped: boolean; running: string | null; ended: QueuedEnding | null } | null> {
  return await db.$client.begin(async (sql) => {
    const head = await lockHead(sql, request)
    if (head === null) return null
    const turn = await findOpenTurn(sql, request, request.turnId, head)
    const nothing = { stopped: false, running: null, ended: null }
    if (turn === null || turn.status === "ended") return nothing
    if (turn.status === "queued" && turn.attempt === 0) {
      const ended = await endQueued(sql, request, turn, "interrupted", endingEvents)
      return { stopped: true, running: null, ended }
    }
    const marked = await sql`
      update turns set interrupt_requested_at = now()
      where id = ${turn.id} and tenant_id = ${request.tenantId} and interrupt_requested_at is null
      returning id`
    if (turn.status === "running") {
      await sql`update heads set interrupt = true where conversation_id = ${request.conversationId}`
    }
    return { stopped: marked.length > 0, running: turn.id, ended: null }
  })
}

/** Takes a queued turn back; `started` when a driver has had it. */
export async function withdrawQueued(
  db: Database,
  request: ControlRequest & { turnId: string },
  endingEvents: QueuedEndingEvents,
): Promise<
  { state: "not_found" | "started" } | { state: "withdrawn"; ended: QueuedEnding; message: string }
> {
  return await db.$client.begin(async (sql) => {
    const head = await lockHead(sql, request)
    const turn = head === null ? null : await findOpenTurn(sql, request, request.turnId, head)
    if (turn === null) return { state: "not_found" }
    if (turn.status !== "queued" || turn.attempt > 0) return { state: "started" }
    const ended = await endQueued(sql, request, turn, "withdrawn", endingEvents)
    const [message] = await sql<{ payload: string }[]>`
      select payload from journal
      where conversation_id = ${request.conversationId} and seq = ${turn.messageSeq}`
    return { state: "withdrawn", ended, message: message?.payload ?? "{}" }
  })
}

type NudgeOutcome =
  | { state: "not_found" | "idle" | "conflicting" | "full" }
  | { state: "replayed"; pendingCount: number }
  | { state: "buffered"; pendingCount: number; turnId: string; seq: number; json: string }

/**
 * Adds a nudge to the running turn, unless nothing runs or what runs is asked to stop.
 * @param request `pendingMax` nudges wait at most to be read: the next model call gets them all
 */
export async function insertNudge(
  db: Database,
  request: ControlRequest & {
    nudgeId: string
    pendingMax: number
    idempotency: { key: string; fingerprint: Buffer; ttlSeconds: number } | null
  },
  payloadFor: (turnId: string) => string,
): Promise<NudgeOutcome> {
  return await db.$client.begin(async (sql): Promise<NudgeOutcome> => {
    const replay = await claimNudgeKey(sql, request)
    const head = await lockHead(sql, request)
    if (head === null) return await undo(sql, request, { state: "not_found" })
    if (replay === "conflicting") return { state: "conflicting" }
    if (replay === "replayed") {
      return {
        state: "replayed",
        pendingCount: await countPendingNudges(sql, request, head.runTurn),
      }
    }
    if (head.runTurn === null || head.interrupt) return await undo(sql, request, { state: "idle" })
    const pendingBefore = await countPendingNudges(sql, request, head.runTurn)
    if (pendingBefore >= request.pendingMax) return await undo(sql, request, { state: "full" })
    const json = payloadFor(head.runTurn)
    const [raised] = await sql<{ seq: number }[]>`
      update heads set last_seq = last_seq + 1
      where conversation_id = ${request.conversationId} returning last_seq as seq`
    const seq = raised?.seq ?? 0
    await sql`
      insert into journal (conversation_id, seq, first_seq, turn_id, direction, kind, payload)
      values (${request.conversationId}, ${seq}, ${seq}, ${head.runTurn}, 'inbound', 'nudge',
        ${json}::json)`
    await sql`
      update turns set nudge_seq = ${seq}
      where id = ${head.runTurn} and tenant_id = ${request.tenantId}`
    const pendingCount = pendingBefore + 1
    return { state: "buffered", pendingCount, turnId: head.runTurn, seq, json }
  })
}

/**
 * Deletes a conversation for everyone: without a head nothing can be appended, claimed or
 * submitted. Its rows go later, in batches.
 * @returns the turn that was running, or null; `false` when the caller may not
 */
export async function deleteConversationRows(
  db: Database,
  request: ControlRequest,
  audit: { actor: AuditActor; recordId: string },
): Promise<{ running: string | null } | false> {
  return await db.$client.begin(async (sql) => {
    const head = await lockHead(sql, request)
    if (head === null) return false
    await sql`delete from heads where conversation_id = ${request.conversationId}`
    const [gone] = await sql<{ ownerId: string }[]>`
      update conversations set deleted_at = now()
      where id = ${request.conversationId} and tenant_id = ${request.tenantId}
      returning owner_id`
    await insertAudit(sql, audit.actor, {
      id: audit.recordId,
      action: "conversation.deleted",
      targetKind: "conversation",
      targetId: request.conversationId,
      ...(gone === undefined ? {} : { subjectId: gone.ownerId }),
    })
    await sql`
      update turns set status = 'ended', outcome = 'deleted', ended_at = now(), folded_at = now(),
        owner = null, lease_until = null
      where conversation_id = ${request.conversationId} and tenant_id = ${request.tenantId}
        and status in ('queued', 'running')`
    return { running: head.runTurn }
  })
}

async function lockHead(sql: TransactionSql, request: ControlRequest): Promise<LockedHead | null> {
  const [head] = await sql<LockedHead[]>`
    select heads.run_turn, heads.interrupt
    from heads
    join conversations on conversations.id = heads.conversation_id
    join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${request.userId}
    where heads.conversation_id = ${request.conversationId}
      and conversations.tenant_id = ${request.tenantId}
      and conversations.deleted_at is null
    for no key update of heads`
  return head ?? null
}

async function findOpenTurn(
  sql: TransactionSql,
  request: ControlRequest,
  turnId: string | null,
  head: LockedHead,
): Promise<OpenTurn | null> {
  const wanted = turnId ?? head.runTurn
  const [turn] = await sql<OpenTurn[]>`
    select id, status, attempt, message_seq from turns
    where conversation_id = ${request.conversationId} and tenant_id = ${request.tenantId}
      and ${wanted === null ? sql`status = 'queued'` : sql`id = ${wanted}`}
    order by message_seq limit 1`
  return turn ?? null
}

async function endQueued(
  sql: TransactionSql,
  request: ControlRequest,
  turn: OpenTurn,
  outcome: string,
  endingEvents: QueuedEndingEvents,
): Promise<QueuedEnding> {
  const events = endingEvents(turn.id)
  const [raised] = await sql<{ seq: number }[]>`
    update heads set last_seq = last_seq + ${events.length}, queued = queued - 1
    where conversation_id = ${request.conversationId} returning last_seq as seq`
  const lastSeq = raised?.seq ?? 0
  for (const [index, event] of events.entries()) {
    const seq = lastSeq - events.length + 1 + index
    await sql`
      insert into journal (conversation_id, seq, first_seq, turn_id, kind, payload)
      values (${request.conversationId}, ${seq}, ${seq}, ${turn.id}, ${event.kind},
        ${event.json}::json)`
  }
  await sql`
    update turns set status = 'ended', ended_at = clock_timestamp(), outcome = ${outcome},
      folded_at = now()
    where id = ${turn.id} and tenant_id = ${request.tenantId}`
  if (outcome !== "withdrawn") {
    await sql`
      update conversations set turns = turns + 1, last_outcome = ${outcome}, last_error_code = null
      where id = ${request.conversationId} and tenant_id = ${request.tenantId}`
  }
  return { turnId: turn.id, lastSeq }
}

async function claimNudgeKey(
  sql: TransactionSql,
  request: Parameters<typeof insertNudge>[1],
): Promise<"claimed" | "replayed" | "conflicting"> {
  const { idempotency } = request
  if (idempotency === null) return "claimed"
  const won = await sql`
    insert into idempotency_keys
      (conversation_id, operation, key, turn_id, message_id, fingerprint, expires_at)
    select conversations.id, 'nudge', ${idempotency.key}::text, ${request.nudgeId}::uuid,
      ${request.nudgeId}::uuid, ${idempotency.fingerprint}::bytea,
      now() + make_interval(secs => ${idempotency.ttlSeconds}::float8)
    from conversations
    join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${request.userId}
    where conversations.id = ${request.conversationId}
      and conversations.tenant_id = ${request.tenantId}
    on conflict (conversation_id, operation, key) do update
      set message_id = excluded.message_id, fingerprint = excluded.fingerprint,
        expires_at = excluded.expires_at
      where idempotency_keys.expires_at <= now()
    returning 1`
  if (won.length > 0) return "claimed"
  const [held] = await sql<{ fingerprint: Buffer }[]>`
    select fingerprint from idempotency_keys
    where conversation_id = ${request.conversationId} and operation = 'nudge'
      and key = ${idempotency.key}`
  return held?.fingerprint.equals(idempotency.fingerprint) ? "replayed" : "conflicting"
}

/** A nudge that was not stored gives its key back. */
async function undo(
  sql: TransactionSql,
  request: Parameters<typeof insertNudge>[1],
  outcome: NudgeOutcome,
): Promise<NudgeOutcome> {
  if (request.idempotency !== null) {
    await sql`
      delete from idempotency_keys
      where conversation_id = ${request.conversationId} and operation = 'nudge'
        and key = ${request.idempotency.key} and message_id = ${request.nudgeId}`
  }
  return outcome
}

/** Nudges since the turn's last finished model call. */
async function countPendingNudges(
  sql: TransactionSql,
  request: ControlRequest,
  turnId: string | null,
): Promise<number> {
  if (turnId === null) return 0
  const [row] = await sql<{ count: number }[]>`
    with own as (
      select journal.seq, journal.kind from journal
      join turns on turns.id = ${turnId} and turns.tenant_id = ${request.tenantId}
        and journal.seq > turns.message_seq
      where journal.conversation_id = ${request.conversationId} and journal.turn_id = ${turnId}
        and journal.kind in ('nudge', 'token_usage')
    )
    select count(*)::int as count from own
    where kind = 'nudge' and seq > coalesce((select max(seq) from own where kind = 'token_usage'), 0)`
  return row?.count ?? 0
}
