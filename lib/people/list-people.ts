import type { Database } from "#db/client.ts"
import { listPeople as listRows, type PersonRow } from "#db/queries/people.ts"
import { foldText } from "#lib/fold-text.ts"
import { formatMomentCursor, parseMomentCursor } from "#lib/lists/moment-cursor.ts"
import type { PeoplePage, PersonItem } from "#lib/protocol/people.ts"

interface PeopleQuery {
  q?: string | undefined
  status?: "active" | "disabled" | undefined
  page_size?: number | undefined
  cursor?: string | undefined
}

/**
 * A page of a tenant's people, newest first.
 * @throws AppError invalid_query for an invalid cursor
 */
export async function listPeople(
  db: Database,
  tenantId: string,
  query: PeopleQuery,
): Promise<PeoplePage> {
  const q = foldText(query.q?.replaceAll("\0", "") ?? "")
  const rowsMax = clampPageSize(query.page_size)
  const rows = await listRows(
    db,
    tenantId,
    { q: q === "" ? undefined : q, status: query.status },
    { before: parseMomentCursor(query.cursor), rowsMax: rowsMax + 1 },
  )
  const shown = rows.slice(0, rowsMax)
  return {
    users: shown.map((row) => toPersonItem(row)),
    next_cursor: nextCursor(rows, rowsMax),
  }
}

export function toPersonItem(row: PersonRow): PersonItem {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    created_at: row.createdAt.toISOString(),
    disabled_at: row.disabledAt?.toISOString() ?? null,
    last_active_at: row.lastActiveAt?.toISOString() ?? null,
  }
}

/** The next page's cursor, if one row more than a page was read. */
export function nextCursor(
  rows: readonly { id: string; createdAt: Date }[],
  rowsMax: number,
): string | null {
  const last = rows[rowsMax - 1]
  if (rows.length <= rowsMax || last === undefined) return null
  return formatMomentCursor({ ms: last.createdAt.getTime(), id: last.id })
}

export function clampPageSize(asked: number | undefined): number {
  return Math.min(100, Math.max(1, asked ?? 50))
}
