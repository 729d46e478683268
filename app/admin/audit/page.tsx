import type { Metadata } from "next"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { withFilters } from "#components/admin/filter-address.ts"
import { ListFoot } from "#components/admin/list-foot.tsx"
import { LocalTime } from "#components/admin/local-time.tsx"
import { listAuditPage, toAuditFilter } from "#lib/audit/list-records.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Audit" }

const path = "/admin/audit"
const cellLook = "text-ui h-9 border-b px-3 text-left font-normal first:pl-6 last:pr-6"

interface AuditPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AuditPage({ searchParams }: AuditPageProps) {
  const { runtime, principal } = await requireAdmin()
  const { action, cursor } = await searchParams
  const filters = typeof action === "string" && action !== "" ? { action } : {}
  const { records, next_cursor: next } = await listAuditPage(
    runtime.db,
    toAuditFilter(principal.tenantId, filters),
    { cursor: typeof cursor === "string" ? cursor : undefined },
  )
  const nowMs = runtime.clock.now()
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader title="Audit" note={filters.action ?? "newest first"}>
        <a
          href={withFilters("/v1/admin/audit/export", filters, {})}
          download
          className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 inline-flex h-8 items-center border px-3 font-medium"
        >
          Export
        </a>
      </AdminHeader>
      <section
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
        tabIndex={0}
        aria-label="Records"
        className="min-h-0 flex-1 overflow-auto border-t"
      >
        <table className="w-full border-collapse tabular-nums">
          <caption className="sr-only">Audit records, newest first</caption>
          <thead>
            <tr className="text-ink-3">
              {["When", "Who", "Action", "Whose", "Seq"].map((name) => (
                <th key={name} scope="col" className={cellLook}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <tr key={record.id} className="hover:bg-sunken">
                <td className={`${cellLook} text-ink-3`}>
                  <LocalTime ms={Date.parse(record.at)} nowMs={nowMs} />
                </td>
                <td className={cellLook}>{record.actor?.name ?? "The installation"}</td>
                <th scope="row" className={`${cellLook} font-mono`}>
                  {record.action}
                </th>
                <td className={cellLook}>{record.subject?.name ?? ""}</td>
                <td className={`${cellLook} text-ink-3`}>{record.seq ?? "not sealed yet"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ListFoot
        note={`${records.length} on this page`}
        newer={null}
        older={next === undefined ? null : withFilters(path, filters, { cursor: next })}
      />
    </main>
  )
}
