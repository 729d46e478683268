import type { Database } from "#db/client.ts"

/** Typical answers: prose, a list, code, an occasional table. */
const answers = [
  "The log shows **one step** that grew: `write_rows` went from 6 minutes to 21.\n\n1. Read the plan\n2. Compare it with *last week's*\n3. Rebuild the index",
  "Here is what I would ship:\n\n```ts\nexport function delayMs(attempt: number): number {\n  return Math.min(900_000, 1_000 * 2 ** attempt)\n}\n```\n\nIt waits longer after every failure, up to a quarter of an hour.",
  "| Strategy | Delivered | Load |\n|---|--:|--:|\n| Fixed | 97.1 % | 11.4 |\n| Jitter | 99.2 % | 1.6 |\n\nJitter it is, for the reasons in the table.",
  "Yes. The receiver can drop duplicates, since every attempt carries the same event id, and the endpoint's own `Retry-After` wins over what we compute.",
]

/** Appends ended, folded turns to a conversation: `count` messages and as many answers. */
export async function seedTurns(db: Database, conversationId: string, count: number) {
  const json = (fields: string) => `json_build_object('turn_id', turn_id, ${fields})`
  await db.$client.unsafe(
    `with head as (select last_seq from heads where conversation_id = $1),
    numbered as (
      select n, uuidv7() as turn_id, uuidv7() as message_id,
        (select last_seq from head) + (n - 1) * 5 as seq,
        ($3::text[])[1 + n % 4] as answer
      from generate_series(1, $2::int) as n),
    stored as (
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        status, turn_source, ended_at, folded_at)
      select turn_id, tenant_id, c.id, agent_id, owner_id, message_id, seq + 1, 'ended', 'web', now(), now()
      from numbered, conversations c where c.id = $1),
    moved as (
      update heads set last_seq = last_seq + 5 * $2::int where conversation_id = $1)
    insert into journal (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload)
    select $1, seq + place, seq + place, turn_id, 1, direction, kind, payload::text::json
    from numbered, lateral (values
      (1, 'inbound', 'message', ${json(`'message_id', message_id, 'text', 'Question ' || n, 'attachments', json_build_array(), 'author', json_build_object('name', 'Mira'), 'turn_source', 'web', 'idempotency_key', null`)}),
      (2, 'outbound', 'turn_started', ${json("'attempt', 1, 'keep_seq', seq + 1")}),
      (3, 'outbound', 'text_delta', ${json("'text', answer")}),
      (4, 'outbound', 'final', ${json("'text', answer, 'duration_ms', 1200, 'stop_reason', 'end', 'text_sha256', encode(sha256(convert_to(answer, 'UTF8')), 'hex')")}),
      (5, 'outbound', 'done', json_build_object('turn_id', turn_id))
    ) as event (place, direction, kind, payload)`,
    [conversationId, count, answers],
  )
}
