import type { TransactionSql } from "postgres"

import type { Database } from "./client.ts"

/** Conversations `from`..`to` of `total`: the last one is the newest, a year lies between all. */
interface SeedRange {
  tenantId: string
  from: number
  to: number
  total: number
  /** Conversations from this number on get a journal. */
  journaledFrom: number
}

const people = 200
const titles = `array['Why the nightly export slowed down','Release notes for','Refund for order',
  'Invoice totals for','Who is on call this weekend','Translate the status page',
  'Churn by plan, last quarters','Rewrite the data processing addendum','Disk alert on replica',
  'Retry strategy for the webhook sender','Onboarding checklist for the office',
  'Which customers still use API','Weekly digest','Certificate renewal for edge nodes',
  'Summary of the support queue','Quote for seats','Alert noise since release']`
const previews = `array['The log shows one step that grew. The planner stopped using the index.',
  'Here is the list, with the three that changed on top.', 'Done. The refund was sent this morning.',
  'I found two matches; the second is the newer one.', 'There is nothing on that page about it.',
  'Yes. The certificate renews itself thirty days before its end.']`

/** People and agents to own and answer what is seeded. Idempotent. */
export async function seedPeople(db: Database, tenantId: string): Promise<void> {
  const sql = db.$client
  await sql`
    insert into users (id, name, email, tenant_id)
    select gen_random_uuid(), 'Person ' || n, 'person-' || n || '@seed.example', ${tenantId}
    from generate_series(1, ${people}) n on conflict (email) do nothing`
  await sql`
    insert into agents (id, tenant_id, slug, display_name, description)
    select gen_random_uuid(), ${tenantId}, lower(name), name, 'Made by db:seed.'
    from unnest(array['Atlas','Harbor','Ledger','Quill','Beacon','Compass','Drift','Ember','Fathom'])
      as name
    on conflict (tenant_id, slug) do nothing`
}

/** Inserts a range with its turns and journal, set by set. */
export async function seedConversations(db: Database, range: SeedRange): Promise<void> {
  await db.$client.begin(async (sql) => {
    await sql`set local statement_timeout = 0`
    await sql`set local synchronous_commit = off`
    await chooseRows(sql, range)
    await insertConversations(sql, range.tenantId)
    await insertTurns(sql, range.tenantId)
    await insertJournal(sql, range.journaledFrom)
    await insertTexts(sql, range)
  })
}

async function chooseRows(sql: TransactionSql, range: SeedRange): Promise<void> {
  const id = (
    salt: string,
  ) => `(lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(n || '${salt}'), 1, 3) || '8' || substr(md5(n || '${salt}'), 4, 3)
    || substr(md5(n || '${salt}'), 8, 12))::uuid`
  await sql.unsafe(
    `create temp table seeded on commit drop as
    with given as (
      select array(select id from users where tenant_id = $1 order by email) as owners,
        array(select id from agents where tenant_id = $1 and status = 'active' order by slug) as agents,
        ${titles} as titles, ${previews} as previews
    ),
    drawn as (
      select n, now() - make_interval(secs => ($4 - n) * (365 * 86400.0 / $4) + 60) as created_at,
        (hashint8extended(n, 1) & 1048575)::int as a, (hashint8extended(n, 2) & 1048575)::int as b,
        (hashint8extended(n, 3) & 1048575)::int as c, (hashint8extended(n, 4) & 1048575)::int as d
      from generate_series($2::bigint, $3::bigint) n
    )
    select n, created_at, ${id("c")} as id, ${id("t")} as turn_id, ${id("m")} as message_id,
      owners[1 + a % cardinality(owners)] as owner_id,
      agents[1 + b % cardinality(agents)] as agent_id,
      titles[1 + c % cardinality(titles)] || case when d % 3 = 0 then ' ' || n else '' end as title,
      previews[1 + d % cardinality(previews)] as preview,
      case when c % 100 < 85 then 'web' when c % 100 < 93 then 'slack' when c % 100 < 98 then 'api'
        when c % 100 < 99 then 'extension' else 'email' end as channel_kind,
      case when d % 100 < 3 then 'error' when d % 100 < 5 then 'interrupted' else 'end' end as outcome,
      case when d % 100 < 3 then (array['model_stalled','turn_timeout','model_overloaded'])[1 + d % 3]
        end as error_code,
      200 + a % 9000 as input_tokens, 20 + b % 2000 as output_tokens,
      case when b % 10 > 0 then round((0.0005 * exp(random() * random() * 9))::numeric, 5)::float8
        end as cost_usd,
      (400 + 40000 * random() ^ 4)::int as took_ms, c % 10 < 3 as has_tool
    from drawn, given`,
    [range.tenantId, range.from, range.to, range.total],
  )
}

async function insertConversations(sql: TransactionSql, tenantId: string): Promise<void> {
  await sql`
    insert into conversations (id, tenant_id, agent_id, owner_id, channel_kind, channel_thread, title,
      automatic_title, preview, last_turn_channel, last_activity_at, created_at, turns, input_tokens,
      output_tokens, cost_usd, unpriced, last_outcome, last_error_code, search_title, search_preview,
      is_searchable)
    select id, ${tenantId}, agent_id, owner_id, channel_kind, id::text, title, title, preview,
      channel_kind, created_at + make_interval(secs => took_ms / 1000.0), created_at, 1,
      input_tokens, output_tokens, coalesce(cost_usd, 0), (cost_usd is null)::int, outcome, error_code,
      lower(title), lower(preview), true
    from seeded order by n`
  await sql`
    insert into participants (conversation_id, user_id, tenant_id, read_seq)
    select id, owner_id, ${tenantId}, 8 from seeded order by n`
  await sql`
    insert into heads (conversation_id, last_seq) select id, 8 from seeded order by n`
}

async function insertTurns(sql: TransactionSql, tenantId: string): Promise<void> {
  await sql`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      status, turn_source, attempt, created_at, started_at, ended_at, outcome, error_code, model,
      input_tokens, output_tokens, cost_usd, folded_at)
    select turn_id, ${tenantId}, id, agent_id, owner_id, message_id, 1, 'ended',
      case when channel_kind in ('slack', 'api', 'extension') then channel_kind else 'web' end, 1,
      created_at, created_at, created_at + make_interval(secs => took_ms / 1000.0), outcome,
      error_code, 'seed/model', input_tokens, output_tokens, cost_usd, now()
    from seeded order by n`
}

/** The events of one turn each, with their seqs from 1 and the share of its time they come at. */
async function insertJournal(sql: TransactionSql, journaledFrom: number): Promise<void> {
  await sql`
    insert into journal (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload,
      lengths, created_at)
    select seeded.id, event.seq, event.seq, seeded.turn_id,
      case when event.seq = 1 then null else 1 end,
      case when event.seq = 1 then 'inbound' else 'outbound' end, event.kind, event.payload, null,
      seeded.created_at + make_interval(secs => seeded.took_ms / 1000.0 * event.share)
    from seeded
    join users on users.id = seeded.owner_id
    cross join lateral (values
      (1, 'message', 0.0, true, json_build_object('turn_id', turn_id, 'message_id', message_id,
        'text', title || '?', 'attachments', '[]'::json, 'author',
        json_build_object('user_id', owner_id, 'name', users.name), 'turn_source', 'web',
        'idempotency_key', null)),
      (2, 'turn_started', 0.02, true, json_build_object('turn_id', turn_id, 'attempt', 1,
        'keep_seq', 1)),
      (3, 'tool_call', 0.2, has_tool, json_build_object('turn_id', turn_id, 'id', 'call_1', 'name',
        'search_docs', 'scope', 'read', 'args_summary', title, 'args_digest', md5(title))),
      (4, 'tool_result', 0.5, has_tool, json_build_object('turn_id', turn_id, 'id', 'call_1',
        'is_error', false, 'summary', '3 matches')),
      (5, 'text_delta', 0.9, true, json_build_object('turn_id', turn_id, 'text', preview)),
      (6, 'token_usage', 0.97, outcome <> 'error', json_build_object('turn_id', turn_id, 'model',
        'seed/model', 'input_tokens', input_tokens, 'output_tokens', output_tokens, 'cost_usd',
        cost_usd)),
      (7, case when outcome = 'error' then 'error' else 'final' end, 1.0, true,
        case when outcome = 'error' then json_build_object('turn_id', turn_id, 'message',
          'The model did not answer in time.', 'recoverable', true, 'code', error_code)
        else json_build_object('turn_id', turn_id, 'text', preview, 'duration_ms', took_ms,
          'stop_reason', outcome, 'text_sha256',
          encode(sha256(convert_to(preview, 'UTF8')), 'hex')) end),
      (8, 'done', 1.0, true, json_build_object('turn_id', turn_id))
    ) as event (seq, kind, share, is_there, payload)
    where event.is_there and seeded.n >= ${journaledFrom}
    order by seeded.n, event.seq`
}

/** What was said, for the search; the texts are such that Postgres finds the words that we find. */
async function insertTexts(sql: TransactionSql, range: SeedRange): Promise<void> {
  await sql`
    insert into search_entries
      (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body, words, at)
    select seeded.id, said.seq, ${range.tenantId}, seeded.owner_id, seeded.turn_id, said.kind,
      said.body, strip(to_tsvector('simple', said.body)),
      seeded.created_at + make_interval(secs => seeded.took_ms / 1000.0 * said.share)
    from seeded cross join lateral (values
      (1, 'message', title || '?', 0.0), (7, 'answer', preview, 1.0)
    ) as said (seq, kind, body, share)
    where seeded.n >= ${range.journaledFrom} and (said.seq = 1 or seeded.outcome <> 'error')`
}

/** One conversation whose turn has very many steps, newest of all. */
export async function seedLongTurn(
  db: Database,
  seed: { tenantId: string; conversationId: string; turnId: string; steps: number },
): Promise<void> {
  const { tenantId, conversationId, turnId, steps } = seed
  const lastSeq = 2 + steps * 4 + 3
  await db.$client.begin(async (sql) => {
    await sql`set local statement_timeout = 0`
    await sql`
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread, title, preview,
        turns, input_tokens, output_tokens, unpriced, last_outcome)
      select ${conversationId}, ${tenantId}, agents.id, users.id, ${conversationId}::text,
        'A turn with very many steps', 'That was the last step.', 1, ${steps * 900}, ${steps * 40}, 1,
        'end'
      from users, agents
      where users.tenant_id = ${tenantId} and users.email = 'person-1@seed.example'
        and agents.tenant_id = ${tenantId} and agents.slug = 'atlas'`
    await sql`
      insert into participants (conversation_id, user_id, tenant_id)
      select id, owner_id, tenant_id from conversations where id = ${conversationId}`
    await sql`
      insert into heads (conversation_id, last_seq) values (${conversationId}, ${lastSeq})`
    await sql`
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        status, turn_source, attempt, created_at, started_at, ended_at, outcome, model, input_tokens,
        output_tokens, folded_at)
      select ${turnId}, tenant_id, id, agent_id, owner_id, ${turnId}, 1, 'ended', 'web', 1,
        now() - interval '20 minutes', now() - interval '20 minutes', now(), 'end', 'seed/model',
        ${steps * 900}, ${steps * 40}, now()
      from conversations where id = ${conversationId}`
    await insertLongJournal(sql, { conversationId, turnId, steps, lastSeq })
  })
}

async function insertLongJournal(
  sql: TransactionSql,
  long: { conversationId: string; turnId: string; steps: number; lastSeq: number },
): Promise<void> {
  const { conversationId, turnId, steps, lastSeq } = long
  await sql`
    insert into journal (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload,
      created_at)
    select ${conversationId}::uuid, seq, seq, ${turnId}::uuid, case when seq > 1 then 1 end,
      case when seq = 1 then 'inbound' else 'outbound' end, kind, payload,
      now() - interval '20 minutes' + (seq::float8 / ${lastSeq}::float8) * interval '20 minutes'
    from (
      select 1 as seq, 'message' as kind, json_build_object('turn_id', ${turnId}::uuid,
        'message_id', ${turnId}::uuid, 'text', 'Go through all of it, step by step.', 'attachments',
        '[]'::json, 'author', json_build_object('user_id', ${turnId}::uuid, 'name', 'Person 1'),
        'turn_source', 'web', 'idempotency_key', null) as payload
      union all select 2, 'turn_started', json_build_object('turn_id', ${turnId}::uuid, 'attempt', 1,
        'keep_seq', 1)
      union all select 3 + step * 4 + part,
        (array['text_delta', 'tool_call', 'tool_result', 'token_usage'])[part + 1],
        case part
          when 0 then json_build_object('turn_id', ${turnId}::uuid, 'text', 'Step ' || step || '. ')
          when 1 then json_build_object('turn_id', ${turnId}::uuid, 'id', 'call_' || step, 'name',
            'search_docs', 'scope', 'read', 'args_summary', 'page ' || step, 'args_digest', md5(step::text))
          when 2 then json_build_object('turn_id', ${turnId}::uuid, 'id', 'call_' || step, 'is_error',
            step % 97 = 96, 'summary', 'page ' || step || ', 12 matches')
          else json_build_object('turn_id', ${turnId}::uuid, 'model', 'seed/model', 'input_tokens', 900,
            'output_tokens', 40, 'cost_usd', null) end
      from generate_series(0, ${steps - 1}) step, generate_series(0, 3) part
      union all select ${lastSeq - 2}, 'text_delta', json_build_object('turn_id', ${turnId}::uuid,
        'text', 'That was the last step.')
      union all select ${lastSeq - 1}, 'final', json_build_object('turn_id', ${turnId}::uuid, 'text',
        'That was the last step.', 'duration_ms', 1200000, 'stop_reason', 'end', 'text_sha256', '')
      union all select ${lastSeq}, 'done', json_build_object('turn_id', ${turnId}::uuid)
    ) events`
}

/** Takes the indexes that only lists need away while much is inserted. @returns how they are made */
export async function dropListIndexes(db: Database): Promise<string[]> {
  const sql = db.$client
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where schemaname = current_schema() and tablename in ('conversations', 'conversation_texts', 'search_entries')
      and indexdef not like 'CREATE UNIQUE%'`
  for (const { name } of indexes) await sql`drop index ${sql(name)}`
  return indexes.map((index) => index.definition)
}

/** Makes the indexes again, and lets the planner know what there is now. */
export async function createListIndexes(
  db: Database,
  definitions: readonly string[],
): Promise<void> {
  await db.$client.begin(async (sql) => {
    await sql`set local statement_timeout = 0`
    await sql`set local maintenance_work_mem = '512MB'`
    for (const definition of definitions) await sql.unsafe(definition)
  })
  for (const table of [
    "conversations",
    "conversation_texts",
    "search_entries",
    "turns",
    "journal",
    "usage_days",
    "participants",
    "heads",
  ]) {
    await db.$client`vacuum analyze ${db.$client(table)}`
  }
}
