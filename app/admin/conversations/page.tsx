import { Download, Link as LinkIcon } from "lucide-react"
import type { Metadata } from "next"
import Link from "next/link"
import { Suspense } from "react"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { ConversationFilters } from "#components/admin/conversation-filters.tsx"
import { ConversationTable } from "#components/admin/conversation-table.tsx"
import { CopyAddress } from "#components/admin/copy-address.tsx"
import { withFilters, type Filters } from "#components/admin/filter-address.ts"
import { ListFoot } from "#components/admin/list-foot.tsx"
import { SavedViews } from "#components/admin/saved-views.tsx"
import {
  browseConversations,
  countBrowsed,
  listChoices,
  type BrowsedPage,
} from "#lib/admin/browse-conversations.ts"
import { readAdminQuery, toAdminFilter } from "#lib/admin/conversation-filter.ts"
import { pageActor } from "#lib/admin/page-actor.ts"
import { noteListingRead } from "#lib/audit/note-admin-read.ts"
import type { Principal } from "#lib/auth/principal.ts"
import type { AdminConversationQuery } from "#lib/protocol/admin.ts"
import { turnErrorCodes } from "#lib/protocol/turn-error-codes.ts"
import type { Runtime } from "#lib/runtime.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "Conversations" }

const path = "/admin/conversations"
const countedMax = 1_000

interface ConversationsPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ConversationsPage({ searchParams }: ConversationsPageProps) {
  const { runtime, principal } = await requireAdmin()
  const parameters = await searchParams
  const query = readAdminQuery(parameters)
  const filters = toFilters(query)
  const filter = toAdminFilter(principal, query)
  await noteListingRead(runtime.db, pageActor(principal), filters)
  const [page, choices] = await Promise.all([
    browseConversations(runtime.db, {
      filter,
      sort: query.sort ?? "recent",
      after: textOf(parameters["after"]),
      before: textOf(parameters["before"]),
    }),
    listChoices(runtime.db, principal.tenantId),
  ])
  const nowMs = runtime.clock.now()
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader
        title="Conversations"
        note={
          <Suspense>
            <Count runtime={runtime} principal={principal} query={query} />
          </Suspense>
        }
      >
        <CopyAddress
          label="Copy link with these filters"
          icon={<LinkIcon size={16} aria-hidden />}
        />
        <a
          href={withFilters("/v1/admin/conversations/export", filters, {})}
          download
          className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 inline-flex h-8 items-center gap-1.5 border px-3 font-medium"
        >
          <Download size={16} aria-hidden /> Export
        </a>
      </AdminHeader>
      <SavedViews
        path={path}
        filters={filters}
        today={new Date(nowMs).toISOString().slice(0, 10)}
      />
      <ConversationFilters path={path} filters={filters} errorCodes={turnErrorCodes} {...choices} />
      {page.rows.length === 0 ? (
        <Nothing filters={filters} />
      ) : (
        <Results page={page} filters={filters} nowMs={nowMs} />
      )}
    </main>
  )
}

function Results(props: { page: BrowsedPage; filters: Filters; nowMs: number }) {
  const { page, filters, nowMs } = props
  const place = (name: "after" | "before", cursor: string | null) =>
    cursor === null ? null : withFilters(path, filters, { [name]: cursor })
  return (
    <>
      <section
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
        tabIndex={0}
        aria-label="Results"
        className="min-h-0 flex-1 overflow-y-auto border-t"
      >
        <ConversationTable rows={page.rows} nowMs={nowMs} caption="Conversations" />
      </section>
      <ListFoot
        note={`${page.rows.length} on this page`}
        newer={place("before", page.newer)}
        older={place("after", page.older)}
        {...(filters["sort"] === undefined ? {} : { names: { newer: "Back", older: "Next" } })}
      />
    </>
  )
}

/** How many match, counted while the page is there already. */
async function Count(props: {
  runtime: Runtime
  principal: Principal
  query: AdminConversationQuery
}) {
  const filter = toAdminFilter(props.principal, props.query)
  const counted = await countBrowsed(props.runtime.db, filter, countedMax + 1)
  if (counted > countedMax) return `more than ${countedMax.toLocaleString("en")} match`
  return counted === 1 ? "1 matches" : `${counted.toLocaleString("en")} match`
}

function Nothing({ filters }: { filters: Filters }) {
  const isFiltered = Object.keys(filters).some((name) => name !== "sort")
  return (
    <section className="flex-1 border-t px-6 pt-16 max-sm:px-4">
      <h2 className="text-h2 font-semibold">
        {isFiltered ? "No conversation matches" : "No conversations yet"}
      </h2>
      <p className="text-ink-2 mt-1">
        {isFiltered
          ? "Remove a filter above, or start again without any."
          : "They appear here as soon as somebody writes to an agent."}
      </p>
      {isFiltered && (
        <Link
          href={path}
          className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 mt-4 inline-flex h-8 items-center border px-3 font-medium"
        >
          Clear all filters
        </Link>
      )}
    </section>
  )
}

function toFilters(query: object): Filters {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
