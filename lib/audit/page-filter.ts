import type { AuditFilter } from "#db/queries/audit-list.ts"
import type { AuditFilterQuery, AuditPageQuery } from "#lib/protocol/audit.ts"

import { toAuditFilter } from "./list-records.ts"

const dayMs = 86_400_000

/** Converts the audit page's filters to those of the API: UTC days become moments. */
export function toAuditQuery({ from, to, ...same }: AuditPageQuery): AuditFilterQuery {
  return {
    ...same,
    ...(from === undefined ? {} : { since: `${from}T00:00:00Z` }),
    // RFC 3339 cannot express the year 10000, so a range up to its eve has no upper bound.
    ...(to === undefined || to === "9999-12-31" ? {} : { until: startAfter(to) }),
  }
}

export function toPageFilter(tenantId: string, query: AuditPageQuery): AuditFilter {
  return toAuditFilter(tenantId, toAuditQuery(query))
}

function startAfter(day: string): string {
  return new Date(Date.parse(day) + dayMs).toISOString()
}
