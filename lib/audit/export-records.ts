import { insertAudit } from "#db/queries/audit.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { newId } from "#lib/ids.ts"
import type { AuditFilterQuery } from "#lib/protocol/audit.ts"

import { encodeExport, type ExportFormat } from "./encode-export.ts"
import { readAuditRecords, toAuditFilter } from "./list-records.ts"

/**
 * Exports the matching records of the caller's tenant as text; the export itself is audited.
 * @returns pages, read lazily
 */
export async function exportRecords(
  context: VerbContext,
  principal: Principal,
  { format, ...query }: AuditFilterQuery & { format: ExportFormat },
): Promise<AsyncIterable<string>> {
  const { db } = context
  const filter = toAuditFilter(principal.tenantId, query)
  const detail = { format, ...query }
  const record = { id: newId(), action: "audit.exported", detail } as const
  await insertAudit(db, actorOf(context, principal), record)
  return encodeExport(readAuditRecords(db, filter), format)
}
