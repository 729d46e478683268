import type { Database } from "#db/client.ts"
import {
  listAuditRecords,
  type AuditFilter,
  type AuditListRow,
  type PersonFilter,
} from "#db/queries/audit-list.ts"
import { parseId } from "#lib/ids.ts"
import { formatMomentCursor, parseMomentCursor } from "#lib/lists/moment-cursor.ts"
import {
  auditActions,
  type AuditFilterQuery,
  type AuditPage,
  type AuditRecordItem,
} from "#lib/protocol/audit.ts"

const pageRowsDefault = 50
const pageRowsMax = 200
const exportRows = 1_000

/**
 * A page of a tenant's audit records, newest first.
 * @throws AppError invalid_query for an invalid cursor
 */
export async function listAuditPage(
  db: Database,
  filter: AuditFilter,
  page: { cursor?: string | undefined; limit?: number | undefined },
): Promise<AuditPage> {
  const after = parseMomentCursor(page.cursor)
  const rowsMax = Math.min(pageRowsMax, Math.max(1, page.limit ?? pageRowsDefault))
  const rows = await listAuditRecords(db, filter, { after, rowsMax: rowsMax + 1 })
  const shown = rows.slice(0, rowsMax)
  const last = shown.at(-1)
  return {
    records: shown.map((row) => toRecord(row)),
    ...(rows.length > rowsMax && last !== undefined
      ? { next_cursor: formatMomentCursor({ ms: last.at.getTime(), id: last.id }) }
      : {}),
  }
}

/** All matching records, newest first, with one page in memory at a time. */
export async function* readAuditRecords(
  db: Database,
  filter: AuditFilter,
): AsyncGenerator<AuditRecordItem[]> {
  let after: { ms: number; id: string } | null = null
  for (;;) {
    const rows: AuditListRow[] = await listAuditRecords(db, filter, { after, rowsMax: exportRows })
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map((row) => toRecord(row))
    if (rows.length < exportRows) return
    after = { ms: last.at.getTime(), id: last.id }
  }
}

/** Builds the filter. An unknown action matches nothing. */
export function toAuditFilter(tenantId: string, query: AuditFilterQuery): AuditFilter {
  const { actor, action, target, subject, since, until } = query
  return {
    tenantId,
    ...(isGiven(actor) ? { actor: toPerson(actor) } : {}),
    ...(isGiven(action) ? { actions: actionsNamed(action) } : {}),
    ...(isGiven(target) ? { targetId: storable(target.toLowerCase()) } : {}),
    ...(isGiven(subject) ? { subject: toPerson(subject) } : {}),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== ""
}

function toPerson(text: string): PersonFilter {
  const id = parseId(text.trim())
  return id === null ? { email: storable(text.trim().toLowerCase()) } : { id }
}

/** Ids and e-mail addresses never contain U+0000, and Postgres rejects such text. */
function storable(text: string): string {
  return text.trim().replaceAll("\0", "?").toWellFormed()
}

function actionsNamed(name: string): string[] {
  const wanted = name.trim()
  return auditActions.filter((action) => action === wanted || action.startsWith(`${wanted}.`))
}

function toRecord(row: AuditListRow): AuditRecordItem {
  const { actorId, actorName, credentialKind, credentialId, targetKind, targetId } = row
  return {
    id: row.id,
    ...(row.seq === null ? {} : { seq: row.seq }),
    at: row.at.toISOString(),
    action: row.action,
    actor: toSomebody(actorId, actorName),
    credential:
      credentialKind === null || credentialId === null
        ? null
        : { kind: credentialKind, id: credentialId },
    target: targetKind === null || targetId === null ? null : { kind: targetKind, id: targetId },
    subject: toSomebody(row.subjectId, row.subjectName),
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    request_id: row.requestId,
    address: row.address,
  }
}

function toSomebody(id: string | null, name: string | null): AuditRecordItem["actor"] {
  if (id === null) return null
  return name === null ? { id } : { id, name }
}
