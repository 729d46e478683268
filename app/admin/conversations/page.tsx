import { Download, Link as LinkIcon } from "lucide-react"
import type { Metadata } from "next"
import { Suspense } from "react"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { ConversationFilters } from "#components/admin/conversations/conversation-filters.tsx"
import { ConversationTable } from "#components/admin/conversations/conversation-table.tsx"
import { TextHits } from "#components/admin/conversations/text-hits.tsx"
import { CopyAddress } from "#components/admin/lists/copy-address.tsx"
import { EmptyList } from "#components/admin/lists/empty-list.tsx"
import { filtersOf, withFilters, type Filters } from "#components/admin/lists/filter-address.ts"
import { ListFooter } from "#components/admin/lists/list-footer.tsx"
import { SavedViews } from "#components/admin/lists/saved-views.tsx"
import {
  browseConversations,
  countBrowsed,
  listChoices,
  type BrowsedPage,
} from "#lib/admin/browse-conversations.ts"
import { toAdminFilter } from "#lib/admin/conversation-filter.ts"
import { pageActor } from "#lib/admin/page-actor.ts"
import { searchTexts, type TextHitPage } from "#lib/admin/search-texts.ts"
import { parameterOf, validFilters } from "#lib/admin/valid-filters.ts"
import { noteListingRead } from "#lib/audit/note-admin-read.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { adminPageQuery, type AdminConversationQuery } from "#lib/protocol/admin.ts"
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
  const query = validFilters(adminPageQuery, parameters)
  const filters = filtersOf(query)
  const after = parameterOf(parameters, "after")
  await noteListingRead(runtime.db, pageActor(principal), filters)
  const choices = await listChoices(runtime.db, principal.tenantId)
  const nowMs = runtime.clock.now()
  const isText = query.in !== undefined
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader
        title="Conversations"
        note={
          !isText && (
            <Suspense>
              <Count runtime={runtime} principal={principal} query={query} />
            </Suspense>
          )
        }
      >
        <CopyAddress
          label="Copy link with these filters"
          icon={<LinkIcon size={16} aria-hidden />}
        />
        {!isText && <Export filters={filters} />}
      </AdminHeader>
      <SavedViews
        path={path}
        filters={filters}
        today={new Date(nowMs).toISOString().slice(0, 10)}
      />
      <ConversationFilters path={path} filters={filters} errorCodes={turnErrorCodes} {...choices} />
      {isText ? (
        <Texts
          page={await searchTexts(runtime.db, principal.tenantId, query, after)}
          filters={filters}
          isFirst={after === undefined}
          nowMs={nowMs}
        />
      ) : (
        <Results
          page={await browseConversations(runtime.db, {
            filter: toAdminFilter(principal, query),
            sort: query.sort ?? "recent",
            after,
            before: parameterOf(parameters, "before"),
          })}
          filters={filters}
          nowMs={nowMs}
        />
      )}
    </main>
  )
}

function Export({ filters }: { filters: Filters }) {
  return (
    <a
      href={withFilters("/v1/admin/conversations/export", filters, {})}
      download
      className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 inline-flex h-8 items-center gap-1.5 border px-3 font-medium"
    >
      <Download size={16} aria-hidden /> Export
    </a>
  )
}

function Results(props: { page: BrowsedPage; filters: Filters; nowMs: number }) {
  const { page, filters, nowMs } = props
  const place = (name: "after" | "before", cursor: string | null) =>
    cursor === null ? null : withFilters(path, filters, { [name]: cursor })
  if (page.rows.length === 0) return <Nothing filters={filters} />
  return (
    <>
      <Scroller label="Results">
        <ConversationTable rows={page.rows} nowMs={nowMs} caption="Conversations" />
      </Scroller>
      <ListFooter
        note={`${page.rows.length} on this page`}
        newer={place("before", page.newer)}
        older={place("after", page.older)}
        {...(filters["sort"] === undefined ? {} : { names: { newer: "Back", older: "Next" } })}
      />
    </>
  )
}

function Texts(props: { page: TextHitPage; filters: Filters; isFirst: boolean; nowMs: number }) {
  const { page, filters, isFirst, nowMs } = props
  if (page.hits.length === 0) {
    const isAsked = filters["q"] !== undefined
    return (
      <EmptyList
        title={isAsked ? `No results for “${filters["q"]}”` : "Search messages and answers"}
        note={
          isAsked
            ? "Results contain all words in one message or answer; the last word may be a prefix."
            : "Enter the words that a message or an answer must contain."
        }
        clearHref={isAsked ? path : null}
      />
    )
  }
  return (
    <>
      <Scroller label="Results">
        <TextHits hits={page.hits} nowMs={nowMs} />
      </Scroller>
      <ListFooter
        note={`${page.hits.length} on this page`}
        newer={isFirst ? null : withFilters(path, filters, {})}
        older={page.older === null ? null : withFilters(path, filters, { after: page.older })}
        names={{ newer: "Newest", older: "Older" }}
      />
    </>
  )
}

function Scroller({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <section
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      aria-label={label}
      className="min-h-0 flex-1 overflow-y-auto border-t"
    >
      {children}
    </section>
  )
}

/** The number of matches, streamed after the page itself. */
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
    <EmptyList
      title={isFiltered ? "No conversation matches" : "No conversations yet"}
      note={
        isFiltered
          ? "Remove a filter above, or start again without any."
          : "They appear here once someone writes to an agent."
      }
      clearHref={isFiltered ? path : null}
    />
  )
}
