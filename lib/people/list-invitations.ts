import type { Database } from "#db/client.ts"
import { listInvitations as listRows } from "#db/queries/invitations.ts"
import { parseMomentCursor } from "#lib/lists/moment-cursor.ts"
import type { InvitationPage } from "#lib/protocol/people.ts"

import { clampPageSize, nextCursor } from "./list-people.ts"

/**
 * A page of a tenant's open invitations, newest first.
 * @throws AppError invalid_query for an invalid cursor
 */
export async function listInvitations(
  db: Database,
  tenantId: string,
  query: { page_size?: number | undefined; cursor?: string | undefined },
): Promise<InvitationPage> {
  const rowsMax = clampPageSize(query.page_size)
  const rows = await listRows(db, tenantId, {
    before: parseMomentCursor(query.cursor),
    rowsMax: rowsMax + 1,
  })
  return {
    invitations: rows.slice(0, rowsMax).map((row) => ({
      id: row.id,
      email: row.email,
      role: row.role,
      invited_by:
        row.inviterId === null ? null : { id: row.inviterId, name: row.inviterName ?? "" },
      created_at: row.createdAt.toISOString(),
      expires_at: row.expiresAt.toISOString(),
    })),
    next_cursor: nextCursor(rows, rowsMax),
  }
}
