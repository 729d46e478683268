import type { Database, Sql } from "../client.ts"

/** What a record says, as its hash covers it. Ids and times are the text Postgres shows. */
export interface AuditContent {
  id: string
  at: string
  actorId: string | null
  credentialKind: string | null
  credentialId: string | null
  action: string
  targetKind: string | null
  targetId: string | null
  subjectId: string | null
  /** JSON text, as it was written. */
  detail: string
  requestId: string | null
  address: string | null
}

export interface SealedRow extends AuditContent {
  seq: number
  prevHash: Buffer | null
  hash: Buffer | null
}

/** How far a tenant's chain goes. */
export interface AuditHead {
  seq: number
  hash: Buffer
  mac: Buffer
}

export interface Seal {
  rows: readonly { id: string; seq: number; prevHash: Buffer; hash: Buffer }[]
  head: AuditHead
}

/** Held by whoever seals: a chain has one writer. */
const sealerLock = 7_205_759_405

function contentColumns(sql: Sql) {
  return sql`id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
    actor_id, credential_kind, credential_id,
    action, target_kind, target_id, subject_id,
    detail, request_id, address`
}

/** Tenants with records that no chain holds yet. */
export async function listUnsealedTenants(db: Database, tenantsMax: number): Promise<string[]> {
  const rows = await db.$client<{ tenantId: string }[]>`
    select distinct tenant_id from audit where seq is null limit ${tenantsMax}`
  return rows.map((row) => row.tenantId)
}

/**
 * Seals a batch of a tenant's records, the oldest first, unless another process is sealing.
 * @param seal what to write; null leaves everything as it is
 * @returns how many were sealed, and how the chain ends now
 */
export async function sealRecords(
  db: Database,
  tenantId: string,
  rowsMax: number,
  seal: (head: AuditHead | null, rows: readonly AuditContent[]) => Seal | null,
): Promise<{ count: number; head: AuditHead | null }> {
  const nothing = { count: 0, head: null }
  return await db.$client.begin(async (sql) => {
    const [lock] = await sql<{ isMine: boolean }[]>`
      select pg_try_advisory_xact_lock(${sealerLock}) as is_mine`
    if (!lock?.isMine) return nothing
    const [head] = await sql<AuditHead[]>`
      select seq, hash, mac from audit_heads where tenant_id = ${tenantId}`
    const rows = await sql<AuditContent[]>`
      select ${contentColumns(db.$client)} from audit
      where tenant_id = ${tenantId} and seq is null
      order by audit.at, audit.id limit ${rowsMax} for no key update`
    if (rows.length === 0) return nothing
    const sealed = seal(head ?? null, rows)
    if (sealed === null) return nothing
    const hex = (bytes: Buffer) => bytes.toString("hex")
    await sql`
      update audit
      set seq = sealed.seq, prev_hash = decode(sealed.prev_hash, 'hex'),
        hash = decode(sealed.hash, 'hex')
      from unnest(
        ${sealed.rows.map((row) => row.id)}::uuid[], ${sealed.rows.map((row) => row.seq)}::int[],
        ${sealed.rows.map((row) => hex(row.prevHash))}::text[],
        ${sealed.rows.map((row) => hex(row.hash))}::text[]
      ) as sealed (id, seq, prev_hash, hash)
      where audit.id = sealed.id and audit.tenant_id = ${tenantId} and audit.seq is null`
    const { seq, hash, mac } = sealed.head
    await sql`
      insert into audit_heads (tenant_id, seq, hash, mac) values (${tenantId}, ${seq}, ${hash}, ${mac})
      on conflict (tenant_id) do update
        set seq = excluded.seq, hash = excluded.hash, mac = excluded.mac, sealed_at = now()`
    return { count: sealed.rows.length, head: sealed.head }
  })
}

export async function findAuditHead(db: Database, tenantId: string): Promise<AuditHead | null> {
  const [head] = await db.$client<AuditHead[]>`
    select seq, hash, mac from audit_heads where tenant_id = ${tenantId}`
  return head ?? null
}

/** Tenants whose chain has an end. */
export async function listSealedTenants(db: Database): Promise<string[]> {
  const rows = await db.$client<{ tenantId: string }[]>`
    select tenant_id from audit_heads order by tenant_id`
  return rows.map((row) => row.tenantId)
}

/** Signs a chain's end anew. @returns false when it has grown meanwhile */
export async function replaceHeadMac(
  db: Database,
  tenantId: string,
  macs: { old: Buffer; next: Buffer },
): Promise<boolean> {
  const replaced = await db.$client`
    update audit_heads set mac = ${macs.next}
    where tenant_id = ${tenantId} and mac = ${macs.old}`
  return replaced.count > 0
}

/** A page of a chain, in its order. */
export async function listSealedRows(
  db: Database,
  tenantId: string,
  range: { after: number; upTo: number },
  rowsMax: number,
): Promise<SealedRow[]> {
  const sql = db.$client
  return await sql<SealedRow[]>`
    select ${contentColumns(sql)}, seq, prev_hash, hash from audit
    where tenant_id = ${tenantId} and seq > ${range.after} and seq <= ${range.upTo}
    order by audit.seq limit ${rowsMax}`
}

interface ChainEnds {
  /** Records that wait for the sealer. */
  unsealed: number
  /** The first row beyond what the head knows, if there is one: nobody sealed it. */
  strayRowSeq: number | null
  /** Rows that nobody can reach from the start of the chain. */
  hasRowsBeforeStart: boolean
}

/** What lies beside the chain, head and rows as of one moment. */
export async function findChainEnds(db: Database, tenantId: string): Promise<ChainEnds> {
  const [row] = await db.$client<ChainEnds[]>`
    select
      (select count(*)::int from audit where tenant_id = ${tenantId} and seq is null) as unsealed,
      (select min(seq) from audit where tenant_id = ${tenantId} and seq > coalesce(
        (select seq from audit_heads where tenant_id = ${tenantId}), 0)) as stray_row_seq,
      exists (select 1 from audit where tenant_id = ${tenantId} and seq < 1) as has_rows_before_start`
  return row ?? { unsealed: 0, strayRowSeq: null, hasRowsBeforeStart: false }
}
