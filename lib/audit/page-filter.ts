import type { AuditFilter } from "#db/queries/audit-list.ts"
import type { AuditFilterQuery, AuditPageQuery } from "#lib/protocol/audit.ts"

import { toAuditFilter } from "./list-records.ts"

const dayMs = 86_400_000

/** The filters of the audit page as its endpoints take them: days (UTC) become moments. */
export function toAuditQuery({ from, to, ...same }: AuditPageQuery): AuditFilterQuery {
  return {
    ...same,
    ...(from === undefined ? {} : { since: `${from}T00:00:00Z` }),
    // The year 10000 has no place in RFC 3339: up to there is without an end.
    ...(to === undefined || to === "9999-12-31" ? {} : { until: startAfter(to) }),
  }
}

export function toPageFilter(tenantId: string, query: AuditPageQuery): AuditFilter {
  return toAuditFilter(tenantId, toAuditQuery(query))
}

function startAfter(day: string): string {
  return new Date(Date.parse(day) + dayMs).toISOString()
}
