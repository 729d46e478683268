import type { TransactionSql } from "postgres"

import { foldText } from "#lib/fold-text.ts"
import { latencyBoundsMs } from "#lib/protocol/latency.ts"

import type { Database } from "../client.ts"
import { anyone } from "../schema/usage.ts"
import { tokensMax } from "./turns.ts"

/** Tries that may die with their process before the conversation keeps its first title. */
const triesMax = 3

/**
 * Puts a conversation on the list of those that want a title of the model's, when the ended turn is
 * the first that was answered there and somebody just had it. A part of settling the turn.
 */
export async function wantTitle(sql: TransactionSql, turnId: string): Promise<void> {
  await sql`
    update conversations set title_due_at = now()
    from turns
    where turns.id = ${turnId} and conversations.id = turns.conversation_id
      and turns.outcome in ('end', 'length', 'steps') and turns.turn_source in ('web', 'extension')
      and turns.ended_at > now() - interval '1 hour'
      and conversations.created_at > now() - interval '1 day'
      and conversations.title_tries = 0 and conversations.title_due_at is null
      and not conversations.title_is_custom and conversations.deleted_at is null`
}

export interface TitleJob {
  conversationId: string
  tenantId: string
  agentId: string
  userId: string
  /** Of the agent; null = the installation's default. */
  model: string | null
  /** Numbered from 1: only the newest try may write. */
  attempt: number
  message: string | null
  answer: string | null
}

/** Takes conversations off the list for so long: who does not come back has died, and another tries. */
export async function claimTitles(
  db: Database,
  options: { jobsMax: number; leaseSeconds: number },
): Promise<TitleJob[]> {
  const sql = db.$client
  return await sql<TitleJob[]>`
    with due as materialized (
      select id from conversations where title_due_at <= now()
      order by title_due_at limit ${options.jobsMax}
      for no key update skip locked
    ),
    claimed as (
      update conversations
      set title_tries = conversations.title_tries + 1,
        title_due_at = case when conversations.title_tries + 1 < ${triesMax}
          then now() + make_interval(secs => ${options.leaseSeconds}::float8) end
      from due where conversations.id = due.id
      returning conversations.*
    )
    select claimed.id as conversation_id, claimed.tenant_id,
      claimed.agent_id, claimed.owner_id as user_id, agents.model,
      claimed.title_tries as attempt,
      (select left(body, 4000) from search_entries
        where conversation_id = claimed.id and kind = 'message' order by seq limit 1) as message,
      (select left(body, 4000) from search_entries
        where conversation_id = claimed.id and kind = 'answer' order by seq limit 1) as answer
    from claimed join agents on agents.id = claimed.agent_id and agents.tenant_id = claimed.tenant_id
    where claimed.deleted_at is null and not claimed.title_is_custom`
}

/** The conversation keeps the title it has. */
export async function giveUpTitle(db: Database, job: TitleJob): Promise<void> {
  await db.$client`
    update conversations set title_due_at = null
    where id = ${job.conversationId} and tenant_id = ${job.tenantId}
      and title_tries = ${job.attempt}`
}

/** Tokens of the call, for the sums of the day; null = not told. */
export interface TitleUsage {
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
}

/**
 * Gives a conversation its title and journals it, once: nothing is written by an older try, nor over
 * a title that somebody chose. Readers who had seen everything have then seen this as well.
 * @returns the `title` event to publish, or null when there is none
 */
export async function writeTitle(
  db: Database,
  job: TitleJob,
  title: string,
  usage: TitleUsage,
): Promise<{ seq: number; payload: string } | null> {
  return await db.$client.begin(async (sql) => {
    await addToDay(sql, job, usage)
    const { conversationId, tenantId, attempt } = job
    const [head] = await sql<{ seq: number }[]>`
      select last_seq + 1 as seq from heads where conversation_id = ${conversationId}
      for no key update`
    if (head === undefined) return null
    // A statement of its own: under the head's lock it sees a title chosen meanwhile.
    const [named] = await sql<{ isCustom: boolean }[]>`
      update conversations
      set automatic_title = ${title}, title_due_at = null,
        title = case when title_is_custom then title else ${title} end,
        search_title = case when title_is_custom then search_title else ${foldText(title)} end
      where id = ${conversationId} and tenant_id = ${tenantId} and title_tries = ${attempt}
        and deleted_at is null
      returning title_is_custom as is_custom`
    if (named === undefined || named.isCustom) return null
    const { seq } = head
    const payload = JSON.stringify({ title })
    await sql`update heads set last_seq = ${seq} where conversation_id = ${conversationId}`
    await sql`
      insert into journal (conversation_id, seq, first_seq, kind, payload)
      values (${conversationId}, ${seq}, ${seq}, 'title', ${payload}::text::json)`
    await sql`
      update participants set read_seq = ${seq}
      where conversation_id = ${conversationId} and tenant_id = ${tenantId}
        and read_seq = ${seq - 1}`
    return { seq, payload }
  })
}

/** No turn has asked for this call, so no turn counts it; the day's sums do. */
async function addToDay(sql: TransactionSql, job: TitleJob, usage: TitleUsage): Promise<void> {
  const latencies = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0)
  await sql`
    insert into usage_days as days (tenant_id, day, agent_id, user_id, input_tokens, output_tokens,
      cost_usd, unpriced, unmetered, latency_counts)
    select ${job.tenantId}::uuid, (now() at time zone 'utc')::date, part.agent_id, part.user_id,
      ${usage.inputTokens ?? 0}::bigint, ${usage.outputTokens ?? 0}::bigint,
      ${usage.costUsd ?? 0}::float8, ${usage.costUsd === null ? 1 : 0}::int,
      ${usage.inputTokens === null && usage.outputTokens === null ? 1 : 0}::int, ${latencies}::int[]
    from (values
      (${anyone}::uuid, ${anyone}::uuid), (${anyone}, ${job.userId}), (${job.agentId}, ${anyone})
    ) as part (agent_id, user_id)
    order by part.agent_id, part.user_id
    on conflict (tenant_id, day, agent_id, user_id) do update set
      input_tokens = least(days.input_tokens + excluded.input_tokens, ${tokensMax}::bigint),
      output_tokens = least(days.output_tokens + excluded.output_tokens, ${tokensMax}::bigint),
      cost_usd = days.cost_usd + excluded.cost_usd,
      unpriced = days.unpriced + excluded.unpriced,
      unmetered = days.unmetered + excluded.unmetered`
}
