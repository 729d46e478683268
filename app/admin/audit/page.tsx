import type { Metadata } from "next"

import { AuditFilters } from "#components/admin/audit/audit-filters.tsx"
import { AuditHeader } from "#components/admin/audit/audit-header.tsx"
import { AuditTable } from "#components/admin/audit/audit-table.tsx"
import { EmptyList } from "#components/admin/lists/empty-list.tsx"
import { filtersOf, withFilters } from "#components/admin/lists/filter-address.ts"
import { ListFooter } from "#components/admin/lists/list-footer.tsx"
import { listChoices } from "#lib/admin/browse-conversations.ts"
import { parameterOf, validFilters } from "#lib/admin/valid-filters.ts"
import { listAuditPage } from "#lib/audit/list-records.ts"
import { toAuditQuery, toPageFilter } from "#lib/audit/page-filter.ts"
import { validMomentCursor } from "#lib/lists/moment-cursor.ts"
import { auditPageQuery } from "#lib/protocol/audit.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Audit" }

const path = "/admin/audit"

interface AuditPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AuditPage({ searchParams }: AuditPageProps) {
  const { runtime, principal } = await requireAdmin()
  const { tenantId } = principal
  const parameters = await searchParams
  const query = validFilters(auditPageQuery, parameters)
  const filters = filtersOf(query)
  const cursor = validMomentCursor(parameterOf(parameters, "cursor"))
  const [{ records, next_cursor: next }, { owners: people }] = await Promise.all([
    listAuditPage(runtime.db, toPageFilter(tenantId, query), { cursor }),
    listChoices(runtime.db, tenantId),
  ])
  const isFiltered = cursor !== undefined || Object.keys(filters).length > 0
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AuditHeader
        note="newest first"
        exportHref={withFilters("/v1/admin/audit/export", filtersOf(toAuditQuery(query)), {})}
      />
      <AuditFilters path={path} filters={filters} people={people} />
      {records.length === 0 ? (
        <EmptyList
          title={isFiltered ? "No record matches" : "No activity yet"}
          note={
            isFiltered
              ? "Remove a filter above, or start again without any."
              : "Sign-ins, changes and what administrators read appear here."
          }
          clearHref={isFiltered ? path : null}
        />
      ) : (
        <section
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
          tabIndex={0}
          aria-label="Records"
          className="min-h-0 flex-1 overflow-auto border-t"
        >
          <AuditTable path={path} filters={filters} records={records} nowMs={runtime.clock.now()} />
        </section>
      )}
      <ListFooter
        note={`${records.length} on this page`}
        newer={cursor === undefined ? null : withFilters(path, filters, {})}
        older={next === undefined ? null : withFilters(path, filters, { cursor: next })}
        names={{ newer: "Newest", older: "Older" }}
      />
    </main>
  )
}
