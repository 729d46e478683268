import type { EventKind } from "#lib/protocol/events.ts"

import type { Database } from "../client.ts"
import type { journal } from "../schema/journal.ts"
import { insertSearchEntries, type SearchEntry } from "./search.ts"
import { wantTitle } from "./titles.ts"

/** A stored row: one event, or a folded run of deltas (`lengths` set); `detail` only when asked for. */
export type StoredRow = Pick<
  typeof journal.$inferSelect,
  | "seq"
  | "firstSeq"
  | "turnId"
  | "attempt"
  | "direction"
  | "kind"
  | "payload"
  | "detail"
  | "lengths"
  | "createdAt"
>

export interface RowRange {
  tenantId: string
  conversationId: string
  /** Rows that reach past this seq. */
  sinceSeq?: number
  /** Rows that begin before this seq. */
  beforeSeq?: number
  turnId?: string
  direction?: "inbound" | "outbound"
  /** Newest first. */
  descending?: boolean
  withDetail?: boolean
  rowsMax: number
  /** Stop after about this many bytes of payload; at least one row comes. */
  bytesMax?: number
}

/**
 * Reads rows of one conversation's journal in order of seq, walking the primary key: none when the
 * conversation is not of that tenant. The caller has checked access, or drives a turn of it.
 */
export async function listRows(db: Database, range: RowRange): Promise<StoredRow[]> {
  const sql = db.$client
  const direction = range.descending ? sql`desc` : sql`asc`
  return await sql<StoredRow[]>`
    select seq, first_seq, turn_id, attempt, direction, kind, payload, detail, lengths, created_at
    from (
      select *, sum(size) over (order by seq ${direction}) - size as bytes_before
      from (
        select seq, first_seq, turn_id, attempt, direction, kind, payload, lengths,
          created_at, ${range.withDetail ? sql`detail` : sql`null::text`} as detail,
          octet_length(payload::text) as size
        from journal
        where conversation_id = ${range.conversationId}
          and exists (
            select 1 from conversations
            where id = ${range.conversationId} and tenant_id = ${range.tenantId})
          ${range.sinceSeq === undefined ? sql`` : sql`and seq > ${range.sinceSeq}`}
          ${range.beforeSeq === undefined ? sql`` : sql`and first_seq < ${range.beforeSeq}`}
          ${range.turnId === undefined ? sql`` : sql`and turn_id = ${range.turnId}`}
          ${range.direction === undefined ? sql`` : sql`and direction = ${range.direction}`}
        order by seq ${direction}
        limit ${range.rowsMax}
      ) page
    ) sized
    where bytes_before < ${range.bytesMax ?? 4 * 1024 * 1024}
    order by seq ${direction}`
}

interface AppendedTurn {
  conversationId: string
  turnId: string
  attempt: number
  /** The number of this append: 0 for the first of an attempt. */
  append: number
  events: readonly { kind: EventKind; json: string; detailJson: string | null }[]
}

/**
 * `written`: seqs are `base`+1 and on. `busy`: somebody else holds the head's lock, try again.
 * `lost`: the head names another attempt, or the conversation is gone; nothing was written.
 */
export type AppendOutcome =
  | { state: "written"; base: number; interrupt: boolean }
  | { state: "busy" }
  | { state: "lost" }

/**
 * Appends events of many turns in one statement. Each turn is fenced by the row that is locked, its
 * head, so a driver that lost its lease writes nothing, nor does a statement that arrives after it
 * was given up (`settleAppend`); seqs are given under that lock, so their order is the order of
 * commits.
 */
export async function appendRows(
  db: Database,
  turns: readonly AppendedTurn[],
): Promise<AppendOutcome[]> {
  const sql = db.$client
  const events = turns.flatMap((turn, at) =>
    turn.events.map((event, index) => ({ at, event, place: index + 1 })),
  )
  const rows = await sql<
    {
      at: number
      present: boolean
      locked: boolean
      base: number | null
      interrupt: boolean | null
    }[]
  >`
    with batch as materialized (
      select * from unnest(
        ${turns.map((_, at) => at)}::int[],
        ${turns.map((turn) => turn.conversationId)}::uuid[],
        ${turns.map((turn) => turn.turnId)}::uuid[],
        ${turns.map((turn) => turn.attempt)}::int[],
        ${turns.map((turn) => turn.append)}::int[],
        ${turns.map((turn) => turn.events.length)}::int[]
      ) as batch (at, conversation_id, turn_id, attempt, append, added)
    ),
    locked as materialized (
      select heads.conversation_id, batch.at, batch.turn_id, batch.attempt, batch.append,
        batch.added
      from batch join heads using (conversation_id)
      order by heads.conversation_id
      for no key update of heads skip locked
    ),
    raised as (
      update heads
      set last_seq = heads.last_seq + locked.added, run_append = locked.append + 1
      from locked
      where heads.conversation_id = locked.conversation_id
        and heads.run_turn = locked.turn_id
        and heads.run_attempt = locked.attempt
        and heads.run_append = locked.append
      returning locked.at, heads.conversation_id, heads.run_turn, heads.run_attempt,
        heads.last_seq - locked.added as base, heads.interrupt
    ),
    written as (
      insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload, detail)
      select raised.conversation_id, raised.base + event.place, raised.base + event.place,
        raised.run_turn, raised.run_attempt, event.kind, event.payload::json, event.detail::json
      from unnest(
        ${events.map((entry) => entry.at)}::int[],
        ${events.map((entry) => entry.place)}::int[],
        ${events.map((entry) => entry.event.kind)}::text[],
        ${events.map((entry) => entry.event.json)}::text[],
        ${events.map((entry) => entry.event.detailJson)}::text[]
      ) as event (at, place, kind, payload, detail)
      join raised using (at)
    )
    select batch.at, locked.at is not null as locked, raised.base, raised.interrupt,
      locked.at is not null
        or exists (select 1 from heads where conversation_id = batch.conversation_id) as present
    from batch
    left join locked using (at)
    left join raised using (at)`
  const byPlace = new Map(rows.map((row) => [row.at, row]))
  return turns.map((_, at) => outcomeOf(byPlace.get(at)))
}

function outcomeOf(
  row:
    | { present: boolean; locked: boolean; base: number | null; interrupt: boolean | null }
    | undefined,
): AppendOutcome {
  if (row === undefined || !row.present) return { state: "lost" }
  if (row.base !== null)
    return { state: "written", base: row.base, interrupt: row.interrupt ?? false }
  return row.locked ? { state: "lost" } : { state: "busy" }
}

/** What became of an append whose answer was lost. `void`: it wrote nothing, and never will. */
type SettledAppend =
  | { state: "written"; base: number; interrupt: boolean }
  | { state: "void" }
  | { state: "lost" }

/**
 * Finds out under the head's lock whether an append has written, and raises the number that the next
 * one must name if it has not: its statement may still be on its way (in a pooler, or to a backend
 * that does not get to run), and matches nothing when it arrives. May be asked again.
 */
export async function settleAppend(
  db: Database,
  turn: Omit<AppendedTurn, "events"> & { sinceSeq: number },
): Promise<SettledAppend> {
  return await db.$client.begin(async (sql) => {
    const [head] = await sql<{ isOurs: boolean; interrupt: boolean }[]>`
      select coalesce(run_turn = ${turn.turnId} and run_attempt = ${turn.attempt}, false) as is_ours,
        interrupt
      from heads where conversation_id = ${turn.conversationId} for no key update`
    const [first] = await sql<{ seq: number }[]>`
      select seq from journal
      where conversation_id = ${turn.conversationId} and seq > ${turn.sinceSeq}
        and turn_id = ${turn.turnId} and attempt = ${turn.attempt} and direction = 'outbound'
      order by seq limit 1`
    const interrupt = head?.interrupt ?? false
    if (first !== undefined) return { state: "written", base: first.seq - 1, interrupt }
    if (head?.isOurs !== true) return { state: "lost" }
    await sql`
      update heads set run_append = ${turn.append + 1}
      where conversation_id = ${turn.conversationId} and run_append = ${turn.append}`
    return { state: "void" }
  })
}

export interface FoldedRun {
  firstSeq: number
  lastSeq: number
  json: string
  lengths: number[]
}

/**
 * Replaces runs of delta rows by one row each (the last, widened), stores what the turn said for
 * search, asks for a title, and marks the turn folded. A turn that somebody else has folded meanwhile is left as it
 * is: the runs may have been read half-way.
 */
export async function settleRows(
  db: Database,
  turn: { conversationId: string; turnId: string },
  settled: { runs: readonly FoldedRun[]; entries: readonly SearchEntry[] },
): Promise<void> {
  await db.$client.begin(async (sql) => {
    const open = await sql`
      select id from turns where id = ${turn.turnId} and folded_at is null for no key update`
    if (open.length === 0) return
    for (const run of settled.runs) {
      await sql`
        update journal set first_seq = ${run.firstSeq}, payload = ${run.json}::json, lengths = ${run.lengths}
        where conversation_id = ${turn.conversationId} and seq = ${run.lastSeq}`
      await sql`
        delete from journal
        where conversation_id = ${turn.conversationId} and seq >= ${run.firstSeq} and seq < ${run.lastSeq}`
    }
    await insertSearchEntries(sql, turn, settled.entries)
    await wantTitle(sql, turn.turnId)
    await sql`update turns set folded_at = now() where id = ${turn.turnId}`
  })
}
