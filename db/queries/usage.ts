import { latencyBoundsMs } from "#lib/protocol/latency.ts"

import type { Database, Sql } from "../client.ts"
import { anyone } from "../schema/usage.ts"
import { indexedText } from "./conversation-conditions.ts"
import { tokensMax } from "./turns.ts"

const turnsPerCount = 500

type Fragment = ReturnType<Sql>

/**
 * Adds ended turns to `usage_days` and brings the texts of their conversations up to date: each turn
 * once, however many processes do it, because what is counted and that it was counted are one
 * statement over rows it has locked. Turns taken back before they began are marked, not counted. Of
 * turns that ended with their conversation the journal knows what their model calls used.
 * @param only this turn, if it is due
 * @returns how many turns were marked
 */
export async function countEndedTurns(
  db: Database,
  turnsMax = turnsPerCount,
  only: string | null = null,
): Promise<number> {
  const sql = db.$client
  // One turn with a number that cannot be true must not keep all others from being counted.
  const known = (tokens: Fragment) =>
    sql`case when ${tokens} between 0 and ${tokensMax}::bigint then ${tokens} end`
  const whole = (text: Fragment) =>
    sql`case when ${text} ~ '^[0-9]{1,15}$' then (${text})::bigint end`
  const rows = await sql`
    with due as materialized (
      select id, conversation_id from turns
      where status = 'ended' and counted_at is null
        ${only === null ? sql`` : sql`and id = ${only}`}
      order by ended_at limit ${turnsMax}
      for no key update skip locked
    ),
    marked as (
      update turns set counted_at = now() from due where turns.id = due.id
      returning turns.id, turns.tenant_id, turns.conversation_id, turns.agent_id, turns.user_id,
        turns.outcome, turns.started_at, turns.ended_at,
        ${known(sql`turns.input_tokens`)} as input_tokens,
        ${known(sql`turns.output_tokens`)} as output_tokens,
        case when turns.cost_usd between 0 and 1e12 then turns.cost_usd end as cost_usd
    ),
    used as (
      select marked.*, calls.input_tokens as call_input, calls.output_tokens as call_output,
        width_bucket(
          (extract(epoch from ended_at - started_at) * 1000)::float8,
          ${[...latencyBoundsMs]}::int[]::float8[]
        ) as latency_class
      from marked
      left join lateral (
        select sum(${whole(sql`payload->>'input_tokens'`)}) as input_tokens,
          sum(${whole(sql`payload->>'output_tokens'`)}) as output_tokens
        from journal
        where marked.outcome = 'deleted' and journal.conversation_id = marked.conversation_id
          and journal.turn_id = marked.id and journal.kind = 'token_usage'
      ) calls on true
      where marked.started_at is not null or marked.outcome not in ('withdrawn', 'deleted')
    ),
    classes as (
      select tenant_id, day, coalesce(agent_id, ${anyone}) as agent_id,
        coalesce(user_id, ${anyone}) as user_id,
        count(*)::int as turns, count(*) filter (where outcome = 'error')::int as errors,
        least(coalesce(sum(coalesce(input_tokens, call_input)), 0), ${tokensMax}::bigint)
          as input_tokens,
        least(coalesce(sum(coalesce(output_tokens, call_output)), 0), ${tokensMax}::bigint)
          as output_tokens,
        coalesce(sum(cost_usd), 0) as cost_usd,
        count(*) filter (where cost_usd is null and started_at is not null)::int as unpriced,
        count(*) filter (
          where coalesce(input_tokens, call_input, output_tokens, call_output) is null
            and started_at is not null
        )::int as unmetered,
        array_agg(latency_class) filter (where latency_class is not null) as latency_classes
      from (select *, (ended_at at time zone 'utc')::date as day from used) used
      group by grouping sets
        ((tenant_id, day), (tenant_id, day, agent_id), (tenant_id, day, user_id))
    ),
    counted as (
      insert into usage_days (tenant_id, day, agent_id, user_id, turns, errors, input_tokens,
        output_tokens, cost_usd, unpriced, unmetered, latency_counts)
      select tenant_id, day, agent_id, user_id, turns, errors, input_tokens, output_tokens, cost_usd,
        unpriced, unmetered, array(
          select (select count(*)::int from unnest(latency_classes) as got (class)
            where got.class = place.class)
          from generate_series(0, ${latencyBoundsMs.length}) as place (class) order by place.class
        )
      from classes order by tenant_id, day, agent_id, user_id
      on conflict (tenant_id, day, agent_id, user_id) do update set
        turns = usage_days.turns + excluded.turns,
        errors = usage_days.errors + excluded.errors,
        input_tokens = least(usage_days.input_tokens + excluded.input_tokens, ${tokensMax}::bigint),
        output_tokens = least(
          usage_days.output_tokens + excluded.output_tokens, ${tokensMax}::bigint),
        cost_usd = usage_days.cost_usd + excluded.cost_usd,
        unpriced = usage_days.unpriced + excluded.unpriced,
        unmetered = usage_days.unmetered + excluded.unmetered,
        latency_counts = array(
          select coalesce(sums.a, 0) + coalesce(sums.b, 0)
          from unnest(usage_days.latency_counts, excluded.latency_counts)
            with ordinality as sums (a, b, place) order by sums.place
        )
      returning 1
    ),
    described as (
      insert into conversation_texts (conversation_id, tenant_id, text)
      select id, tenant_id, ${indexedText(sql)} from conversations
      where id in (select conversation_id from marked) and deleted_at is null
        -- After the sums: a title is given in this order too, and both would wait for each other.
        and (select count(*) from counted) >= 0
      order by id
      on conflict (conversation_id) do update set text = excluded.text
        where conversation_texts.text <> excluded.text
    )
    select id from marked`
  return rows.length
}

/** Ended turns that are not counted, the oldest first. */
export async function listUncountedTurns(db: Database, turnsMax: number): Promise<string[]> {
  const rows = await db.$client<{ id: string }[]>`
    select id from turns where status = 'ended' and counted_at is null
    order by ended_at limit ${turnsMax}`
  return rows.map((row) => row.id)
}

/** Leaves an ended turn out of `usage_days` for good. */
export async function skipCount(db: Database, turnId: string): Promise<void> {
  await db.$client`
    update turns set counted_at = now()
    where id = ${turnId} and status = 'ended' and counted_at is null`
}

/** Tokens a tenant's ended turns have used in the calendar month (UTC) so far. */
export async function sumMonthTokens(db: Database, tenantId: string): Promise<number> {
  const [row] = await db.$client<{ tokens: number }[]>`
    select coalesce(sum(input_tokens + output_tokens), 0)::bigint as tokens from usage_days
    where tenant_id = ${tenantId} and agent_id = ${anyone} and user_id = ${anyone}
      and day >= date_trunc('month', now() at time zone 'utc')::date`
  return row?.tokens ?? 0
}

/** What `usage_days` holds of one day, agent or person. */
export interface UsageRow {
  /** A date, or the id of an agent or a person. */
  key: string
  /** Of the agent or person, as it is now. */
  name: string | null
  turns: number
  errors: number
  inputTokens: number
  outputTokens: number
  costUsd: number
  unpriced: number
  unmetered: number
  latencyCounts: number[]
}

const rowsMax = 1_000

/** Sums by day (oldest first), or by agent or person (most turns first; the first 1,000). */
export async function listUsage(
  db: Database,
  range: { tenantId: string; from: string; to: string; by: "day" | "agent" | "user" },
): Promise<UsageRow[]> {
  const sql = db.$client
  const { key, rows, name } = {
    day: {
      key: sql`to_char(day, 'YYYY-MM-DD')`,
      rows: sql`agent_id = ${anyone} and user_id = ${anyone}`,
      name: sql`null::text`,
    },
    agent: {
      key: sql`agent_id::text`,
      rows: sql`user_id = ${anyone} and agent_id <> ${anyone}`,
      name: sql`(select display_name from agents
        where agents.id::text = sums.key and agents.tenant_id = ${range.tenantId})`,
    },
    user: {
      key: sql`user_id::text`,
      rows: sql`agent_id = ${anyone} and user_id <> ${anyone}`,
      name: sql`(select name from users
        where users.id::text = sums.key and users.tenant_id = ${range.tenantId})`,
    },
  }[range.by]
  return await sql<UsageRow[]>`
    with sums as (
      select ${key} as key, sum(turns)::int as turns, sum(errors)::int as errors,
        sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens,
        sum(cost_usd) as cost_usd, sum(unpriced)::int as unpriced,
        sum(unmetered)::int as unmetered, array[${latencySums(sql)}] as latency_counts
      from usage_days
      where tenant_id = ${range.tenantId} and ${rows}
        and day between ${range.from}::date and ${range.to}::date
      group by 1
    )
    select sums.key, ${name} as name, sums.turns, sums.errors, sums.input_tokens,
      sums.output_tokens, sums.cost_usd, sums.unpriced,
      sums.unmetered, sums.latency_counts
    from sums
    order by ${range.by === "day" ? sql`sums.key` : sql`sums.turns desc, sums.key`}
    limit ${rowsMax}`
}

/** Class by class: a row from before a class was added has none of it. */
function latencySums(sql: Sql) {
  const classes = Array.from({ length: latencyBoundsMs.length + 1 }, (_, index) => index + 1)
  const sums = classes.map((place) => sql`coalesce(sum(latency_counts[${place}::int]), 0)::int`)
  return sums.reduce((all, one) => sql`${all}, ${one}`)
}
