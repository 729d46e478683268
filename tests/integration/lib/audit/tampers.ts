import type { TransactionSql } from "postgres"

import type { Database } from "#db/client.ts"
import { listSealedRows } from "#db/queries/audit-chain.ts"
import { sealRows } from "#lib/audit/chain.ts"
import { newId } from "#lib/ids.ts"

import { below, type Random } from "../../../support/random.ts"

interface Chain {
  sql: TransactionSql
  tenantId: string
  length: number
  random: Random
}

/** Tampers with a sealed chain in a random way. @returns a description of the change */
export async function randomTamper(
  sql: TransactionSql,
  tenantId: string,
  length: number,
  random: Random,
): Promise<string> {
  const chain = { sql, tenantId, length, random }
  const ways = [
    flip,
    flip,
    flip,
    removeInside,
    removeTail,
    swap,
    insertInside,
    append,
    rewrite,
    moveHead,
  ]
  const way = ways[below(random, ways.length)] ?? flip
  return `${way.name}: ${await way(chain)}`
}

/** Changes one column of one row. */
async function flip({ sql, tenantId, length, random }: Chain): Promise<string> {
  const seq = 1 + below(random, length)
  const changes = [
    sql`action = 'token.revoked'`,
    sql`at = at + interval '1 millisecond'`,
    sql`actor_id = ${newId()}`,
    sql`actor_id = null`,
    sql`credential_kind = 'token'`,
    sql`credential_id = null`,
    sql`target_kind = 'user'`,
    sql`target_id = ${newId()}`,
    sql`subject_id = null`,
    sql`detail = '{}'`,
    sql`detail = (detail::text || ' ')::json`,
    sql`request_id = null`,
    sql`address = '127.0.0.2'`,
    sql`id = ${newId()}`,
    sql`hash = set_byte(hash, ${below(random, 32)}, 255 - get_byte(hash, ${below(random, 32)}))`,
    sql`hash = null`,
    sql`prev_hash = sha256(prev_hash)`,
    sql`prev_hash = null`,
    sql`seq = null`,
  ]
  const place = below(random, changes.length)
  // The new byte may equal the old one, so hash the hash instead.
  const change = place === 14 ? sql`hash = sha256(hash)` : (changes[place] ?? sql`hash = null`)
  await sql`update audit set ${change} where tenant_id = ${tenantId} and seq = ${seq}`
  return `column ${place} of ${seq}`
}

async function removeInside({ sql, tenantId, length, random }: Chain): Promise<string> {
  const seq = 1 + below(random, length - 1)
  await sql`delete from audit where tenant_id = ${tenantId} and seq = ${seq}`
  if (below(random, 2) === 0) return `${seq}`
  // Shifts the following rows.
  await shift(sql, tenantId, seq, -1)
  return `${seq}, closing the gap`
}

async function removeTail({ sql, tenantId, length, random }: Chain): Promise<string> {
  const from = length - below(random, Math.min(10, length))
  await sql`delete from audit where tenant_id = ${tenantId} and seq >= ${from}`
  return `from ${from}`
}

/** Swaps two rows, with or without their hashes. */
async function swap({ sql, tenantId, length, random }: Chain): Promise<string> {
  const one = 1 + below(random, length)
  const other = 1 + ((one + below(random, length - 1)) % length)
  await sql`
    update audit set seq = -seq where tenant_id = ${tenantId} and seq in (${one}, ${other})`
  await sql`
    update audit set seq = ${one + other}::int + seq where tenant_id = ${tenantId} and seq < 0`
  if (below(random, 2) === 0) return `${one} and ${other}`
  await sql`
    update audit set prev_hash = twin.prev_hash, hash = twin.hash
    from audit twin
    where audit.tenant_id = ${tenantId} and twin.tenant_id = ${tenantId}
      and audit.seq in (${one}, ${other}) and twin.seq = ${one + other}::int - audit.seq`
  return `${one} and ${other}, their hashes stay`
}

async function insertInside({ sql, tenantId, length, random }: Chain): Promise<string> {
  const seq = 1 + below(random, length)
  await shift(sql, tenantId, seq - 1, 1)
  await sql`
    insert into audit (id, tenant_id, action, seq, prev_hash, hash)
    select ${newId()}, tenant_id, 'user.enabled', ${seq}, prev_hash, sha256(hash)
    from audit where tenant_id = ${tenantId} and seq = ${seq + 1}`
  return `${seq}`
}

/** Appends a row with a correct hash that the head does not include. */
async function append({ sql, tenantId, length }: Chain): Promise<string> {
  const id = newId()
  await sql`insert into audit (id, tenant_id, action) values (${id}, ${tenantId}, 'user.enabled')`
  await recompute(sql, tenantId, length + 1)
  return `${length + 1}`
}

/** Changes one row and recomputes all following hashes; the head cannot be re-signed. */
async function rewrite({ sql, tenantId, length, random }: Chain): Promise<string> {
  const seq = 1 + below(random, length)
  await sql`
    update audit set actor_id = ${newId()} where tenant_id = ${tenantId} and seq = ${seq}`
  const hash = await recompute(sql, tenantId, length)
  if (below(random, 2) === 0) return `from ${seq}`
  await sql`update audit_heads set hash = ${hash} where tenant_id = ${tenantId}`
  return `from ${seq}, and the head's hash`
}

async function moveHead({ sql, tenantId, length, random }: Chain): Promise<string> {
  const seq = below(random, length)
  if (seq === 0) {
    await sql`delete from audit_heads where tenant_id = ${tenantId}`
    return "gone"
  }
  await sql`
    update audit_heads set seq = audit.seq, hash = audit.hash from audit
    where audit.tenant_id = ${tenantId} and audit_heads.tenant_id = ${tenantId}
      and audit.seq = ${seq}`
  // With the following rows gone too, only the signature reveals it.
  if (below(random, 2) === 0)
    await sql`delete from audit where tenant_id = ${tenantId} and seq > ${seq}`
  return `to ${seq}`
}

async function shift(
  sql: TransactionSql,
  tenantId: string,
  after: number,
  by: number,
): Promise<void> {
  await sql`
    update audit set seq = -seq where tenant_id = ${tenantId} and seq > ${after}`
  await sql`
    update audit set seq = -seq + ${by}::int where tenant_id = ${tenantId} and seq < 0`
}

/** Recomputes every hash of a chain of that length. @returns the last one */
async function recompute(sql: TransactionSql, tenantId: string, length: number): Promise<Buffer> {
  await sql`
    update audit set seq = ${length} where tenant_id = ${tenantId} and seq is null`
  const rows = await listSealedRows(databaseOf(sql), tenantId, { after: 0, upTo: length }, length)
  const sealed = sealRows("a guessed secret", tenantId, null, rows)
  for (const { id, prevHash, hash } of sealed.rows) {
    await sql`update audit set prev_hash = ${prevHash}, hash = ${hash} where id = ${id}`
  }
  return sealed.head.hash
}

/** Queries use only a database's client; here it is that of a transaction. */
export function databaseOf(sql: TransactionSql): Database {
  return { $client: sql } as unknown as Database
}
