import { foldText } from "#lib/fold-text.ts"
import type { EventKind } from "#lib/protocol/events.ts"

import type { Database } from "../client.ts"
import type { Row } from "../row.ts"
import type { heads } from "../schema/conversations.ts"
import type { turns } from "../schema/turns.ts"
import { driverLockClass } from "./drivers.ts"

/** Sums of tokens are cut here: above, a JavaScript number is not exact. */
export const tokensMax = Number.MAX_SAFE_INTEGER

export interface ClaimedTurn extends Row<
  typeof turns,
  | "tenantId"
  | "conversationId"
  | "agentId"
  | "userId"
  | "messageId"
  | "messageSeq"
  | "attempt"
  | "crashes"
  | "browserSession"
  | "nudgeSeq"
> {
  turnId: Turn["id"]
  isInterruptRequested: boolean
  /** Since the first claim, by the database's clock. */
  elapsedMs: number
  /** The head's last seq at the claim. */
  headSeq: Head["lastSeq"]
}

type Turn = typeof turns.$inferSelect
type Head = typeof heads.$inferSelect

/**
 * Leases queued turns that are the first open one of their conversation. Only the head's lock holder
 * claims; who comes second finds the turn no longer queued.
 */
export async function claimTurns(
  db: Database,
  driver: { id: number; leaseSeconds: number; turnsMax: number },
): Promise<ClaimedTurn[]> {
  return await db.$client<ClaimedTurn[]>`
    with candidate as materialized (
      select turns.id, turns.conversation_id from turns
      where turns.status = 'queued'
        and not exists (
          select 1 from turns ahead
          where ahead.conversation_id = turns.conversation_id
            and ahead.status in ('queued', 'running')
            and ahead.message_seq < turns.message_seq
        )
      order by turns.created_at
      limit ${Math.min(driver.turnsMax, 64)}
    ),
    head as materialized (
      select conversation_id, last_seq from heads
      where conversation_id = any (array(select conversation_id from candidate))
      order by conversation_id
      for no key update skip locked
    ),
    claimed as (
      update turns
      set status = 'running', owner = ${driver.id}, attempt = turns.attempt + 1,
        lease_until = clock_timestamp() + make_interval(secs => ${driver.leaseSeconds}::float8),
        started_at = coalesce(turns.started_at, clock_timestamp())
      from candidate join head using (conversation_id)
      where turns.id = candidate.id and turns.status = 'queued'
      returning turns.*, head.last_seq
    ),
    named as (
      update heads
      set run_turn = claimed.id, run_attempt = claimed.attempt, run_append = 0,
        queued = heads.queued - 1, interrupt = claimed.interrupt_requested_at is not null
      from claimed where heads.conversation_id = claimed.conversation_id
    )
    select id as turn_id, tenant_id, conversation_id,
      agent_id, user_id, message_id,
      message_seq, attempt, crashes, browser_session,
      interrupt_requested_at is not null as is_interrupt_requested, nudge_seq,
      (extract(epoch from clock_timestamp() - started_at) * 1000)::bigint as elapsed_ms,
      last_seq as head_seq
    from claimed order by created_at`
}

/** Prolongs the leases of a driver, by the database's clock. */
export async function renewLeases(
  db: Database,
  driver: { id: number; leaseSeconds: number },
): Promise<void> {
  await db.$client`
    update turns
    set lease_until = clock_timestamp() + make_interval(secs => ${driver.leaseSeconds}::float8)
    where owner = ${driver.id} and status = 'running'`
}

/** What a driver asks about its turns once a second: hints may have been lost. */
export async function listOwnedTurns(
  db: Database,
  driverId: number,
): Promise<(OwnedTurn & { interrupt: boolean })[]> {
  return await db.$client<(OwnedTurn & { interrupt: boolean })[]>`
    select id, attempt, interrupt_requested_at is not null as interrupt
    from turns where owner = ${driverId} and status = 'running'`
}

export type OwnedTurn = Row<typeof turns, "id" | "attempt">

/**
 * Puts turns back into the queue. `crashed` takes those whose driver is gone (its advisory lock is
 * free) or silent (its lease is over), and counts the crash; `abandoned` counts it too and takes
 * turns whose attempt broke off in a driver that lives; with `own` a driver hands back what it has,
 * or those it names.
 * @returns how many turns were freed
 */
export async function freeTurns(
  db: Database,
  which:
    | { kind: "crashed" }
    | { kind: "own"; driverId: number; turns?: readonly OwnedTurn[] }
    | { kind: "abandoned"; driverId: number; turns: readonly OwnedTurn[] },
): Promise<number> {
  const sql = db.$client
  const isMine = which.kind !== "crashed"
  const driverIsGone = sql`not exists (
    select 1 from pg_locks
    where locktype = 'advisory' and classid = ${driverLockClass} and objid = turns.owner::oid
      and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database()))`
  const filter = isMine
    ? sql`turns.owner = ${which.driverId} ${
        which.turns === undefined
          ? sql``
          : sql`and (turns.id, turns.attempt) in (select * from unnest(
              ${which.turns.map((turn) => turn.id)}::uuid[],
              ${which.turns.map((turn) => turn.attempt)}::int[]))`
      }`
    : sql`(turns.lease_until < clock_timestamp() or ${driverIsGone})`
  const rows = await sql`
    with dead as materialized (
      select turns.id, turns.conversation_id, turns.owner, turns.attempt,
        ${isMine ? sql`true` : driverIsGone} as is_orphan
      from turns
      where turns.status = 'running' and ${filter}
      limit 1000
    ),
    head as materialized (
      select conversation_id from heads
      where conversation_id = any (array(select conversation_id from dead))
      order by conversation_id
      for no key update skip locked
    ),
    freed as (
      update turns
      set status = 'queued', owner = null, lease_until = null,
        crashes = turns.crashes + ${which.kind === "own" ? 0 : 1}
      from dead join head using (conversation_id)
      where turns.id = dead.id and turns.status = 'running' and turns.owner = dead.owner
        and turns.attempt = dead.attempt
        and (dead.is_orphan or turns.lease_until < clock_timestamp())
      returning turns.id, turns.conversation_id
    ),
    unnamed as (
      update heads set run_turn = null, run_attempt = null, queued = heads.queued + 1
      from freed where heads.conversation_id = freed.conversation_id
    )
    select id from freed`
  return rows.length
}

export interface TurnEnding {
  conversationId: string
  turnId: string
  attempt: number
  outcome: string
  errorCode: string | null
  model: string | null
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
  /** The start of the reply, shown in lists; null keeps what is there. */
  preview: string | null
  /** The seq of the newest nudge the model has read; null ends the turn whatever waits. */
  nudgesReadSeq: number | null
  /** Whether the ending gives way to a Stop that was accepted meanwhile. */
  yieldsToStop: boolean
  /** The terminal event and `done`, in order. */
  events: readonly { kind: EventKind; json: string }[]
}

/**
 * `stopped`: the head says that the turn is to end as interrupted; `nudged`: there is a nudge that no
 * model call has read; `lost`: the turn is another attempt's. Nothing was written unless `ended`.
 */
export type EndOutcome =
  | { state: "ended"; base: number }
  | { state: "stopped" }
  | { state: "nudged" }
  | { state: "lost" }

/** Ends a turn: terminal event, `done`, status and usage in one statement, fenced by the head. */
export async function endTurn(db: Database, ending: TurnEnding): Promise<EndOutcome> {
  const sql = db.$client
  const [row] = await sql<{ holds: boolean; isStopped: boolean; base: number | null }[]>`
    with head as materialized (
      select conversation_id, run_turn, run_attempt,
        heads.interrupt and ${ending.yieldsToStop}::boolean as is_stopped
      from heads
      where conversation_id = ${ending.conversationId}
      for no key update
    ),
    ended as (
      update turns
      set status = 'ended', ended_at = clock_timestamp(), owner = null, lease_until = null,
        outcome = ${ending.outcome}, error_code = ${ending.errorCode}, model = ${ending.model},
        input_tokens = ${ending.inputTokens}, output_tokens = ${ending.outputTokens},
        cost_usd = ${ending.costUsd}
      from head
      where turns.id = ${ending.turnId} and turns.status = 'running'
        and head.run_turn = turns.id and head.run_attempt = ${ending.attempt}
        and not head.is_stopped
        and (${ending.nudgesReadSeq}::bigint is null
          or coalesce(turns.nudge_seq, 0) <= ${ending.nudgesReadSeq}::bigint)
      returning turns.id
    ),
    raised as (
      update heads
      set last_seq = heads.last_seq + ${ending.events.length}, run_turn = null, run_attempt = null,
        interrupt = false
      from ended where heads.conversation_id = ${ending.conversationId}
      returning heads.last_seq - ${ending.events.length} as base
    ),
    written as (
      insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload)
      select ${ending.conversationId}::uuid, raised.base + event.place, raised.base + event.place,
        ${ending.turnId}::uuid, ${ending.attempt}::int, event.kind, event.payload::json
      from raised, unnest(
        ${ending.events.map((event) => event.kind)}::text[],
        ${ending.events.map((event) => event.json)}::text[]
      ) with ordinality as event (kind, payload, place)
    ),
    touched as (
      update conversations
      set last_activity_at = now(), preview = coalesce(${ending.preview}, conversations.preview),
        search_preview = coalesce(${ending.preview === null ? null : foldText(ending.preview)},
          conversations.search_preview),
        turns = conversations.turns + 1,
        -- A model server says what it likes: sums stay below what a number holds exactly.
        input_tokens = least(conversations.input_tokens + coalesce(${ending.inputTokens}::bigint, 0),
          ${tokensMax}::bigint),
        output_tokens = least(
          conversations.output_tokens + coalesce(${ending.outputTokens}::bigint, 0),
          ${tokensMax}::bigint),
        cost_usd = conversations.cost_usd + coalesce(${ending.costUsd}::float8, 0),
        unpriced = conversations.unpriced + (${ending.costUsd}::float8 is null)::int,
        last_outcome = ${ending.outcome}, last_error_code = ${ending.errorCode}
      from raised where conversations.id = ${ending.conversationId}
    )
    select coalesce(head.run_turn = ${ending.turnId} and head.run_attempt = ${ending.attempt}, false)
      as holds, head.is_stopped, (select base from raised) as base
    from head`
  if (row === undefined || !row.holds) return { state: "lost" }
  if (row.base !== null) return { state: "ended", base: row.base }
  return { state: row.isStopped ? "stopped" : "nudged" }
}

/** An ended turn with the seqs its rows lie between. */
export interface UnfoldedTurn extends Row<typeof turns, "tenantId" | "conversationId"> {
  turnId: Turn["id"]
  /** Of its message. */
  firstSeq: Turn["messageSeq"]
  /** Of its `done`, or later. */
  lastSeq: Head["lastSeq"]
}

/** Turns that ended and are not folded yet, oldest first. */
export async function listUnfoldedTurns(db: Database, turnsMax: number): Promise<UnfoldedTurn[]> {
  return await db.$client<UnfoldedTurn[]>`
    select turns.id as turn_id, turns.tenant_id,
      turns.conversation_id, turns.message_seq as first_seq,
      heads.last_seq
    from turns join heads on heads.conversation_id = turns.conversation_id
    where turns.status = 'ended' and turns.folded_at is null
    order by turns.ended_at limit ${turnsMax}`
}
