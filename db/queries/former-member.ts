import type { Database } from "../client.ts"
import type { ErasingPerson } from "./erase-person.ts"

const rowsPerRead = 2_000

/** A conversation of somebody else's that a person takes part in; null = none. */
export async function findShared(db: Database, person: ErasingPerson): Promise<string | null> {
  const [row] = await db.$client<{ id: string }[]>`
    select conversations.id from participants
    join conversations on conversations.id = participants.conversation_id
    where participants.user_id = ${person.userId}
      and conversations.owner_id <> participants.user_id
    limit 1`
  return row?.id ?? null
}

interface AuthoredRow {
  seq: number
  /** Null = of a kind that names nobody. */
  payload: string | null
}

/** The next rows of a journal, in order. */
export async function listAuthoredRows(
  db: Database,
  conversationId: string,
  afterSeq: number,
): Promise<AuthoredRow[]> {
  return await db.$client<AuthoredRow[]>`
    select seq, case when kind in ('message', 'nudge') then payload::text end as payload
    from journal where conversation_id = ${conversationId} and seq > ${afterSeq}
    order by seq limit ${rowsPerRead}`
}

/** Puts payloads in the place of others; what their authors claimed to be is dropped. */
export async function replacePayloads(
  db: Database,
  conversationId: string,
  rows: readonly { seq: number; payload: string }[],
): Promise<void> {
  await db.$client`
    update journal set payload = new.payload::json, detail = null
    from unnest(${rows.map((row) => String(row.seq))}::text[], ${rows.map((row) => row.payload)}::text[])
      as new (seq, payload)
    where journal.conversation_id = ${conversationId} and journal.seq = new.seq::bigint`
}

/** Takes a person out of a conversation, unless it is theirs. */
export async function leaveConversation(
  db: Database,
  person: ErasingPerson,
  conversationId: string,
): Promise<void> {
  await db.$client`
    delete from participants
    where user_id = ${person.userId} and conversation_id = ${conversationId}`
}
