"use client"

import { ArrowRight, Search, UserPlus } from "lucide-react"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useState } from "react"

import { AdminHeader } from "#components/admin/admin-header.tsx"
import { Button } from "#components/ui/button.tsx"
import type { InvitationItem, MadeInvitation, PersonItem } from "#lib/protocol/people.ts"

import { InvitationTable } from "./invitation-table.tsx"
import { InviteDialog } from "./invite-dialog.tsx"
import { LinkDialog } from "./link-dialog.tsx"
import { PeopleTable } from "./people-table.tsx"
import type { PeopleViewer } from "./people-viewer.ts"

interface PeopleViewProps {
  viewer: PeopleViewer
  people: readonly PersonItem[]
  nextCursor: string | null
  invitations: readonly InvitationItem[]
  q: string
  isFirstPage: boolean
}

type Opened = { kind: "invite" } | { kind: "link"; made: MadeInvitation }

/** Admin → People: members, invitations and their actions. */
export function PeopleView(props: PeopleViewProps) {
  const { viewer, people, invitations, q } = props
  const router = useRouter()
  const [opened, setOpened] = useState<Opened | null>(null)
  const showLink = (made: MadeInvitation) => {
    setOpened({ kind: "link", made })
    router.refresh()
  }
  return (
    <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
      <AdminHeader title="People">
        <Button look="ink" onClick={() => setOpened({ kind: "invite" })}>
          <UserPlus size={16} aria-hidden /> Invite
        </Button>
      </AdminHeader>
      <SearchForm q={q} />
      <div className="min-h-0 flex-1 overflow-y-auto border-t">
        {props.isFirstPage && q === "" && invitations.length > 0 && (
          <InvitationTable viewer={viewer} invitations={invitations} />
        )}
        {people.length === 0 ? (
          <NoMatches q={q} />
        ) : (
          <PeopleTable viewer={viewer} people={people} />
        )}
      </div>
      <Pages nextCursor={props.nextCursor} isFirstPage={props.isFirstPage} q={q} />
      {opened?.kind === "invite" && (
        <InviteDialog
          canInviteAdmins={viewer.role === "owner"}
          onInvited={showLink}
          onClose={() => setOpened(null)}
        />
      )}
      {opened?.kind === "link" && (
        <LinkDialog
          email={opened.made.email}
          url={opened.made.url}
          life="Valid for 7 days, single use"
          onClose={() => setOpened(null)}
        >
          Anyone who has it can create the account, so send it only to them. It can’t be shown
          again; a new invitation replaces it.
        </LinkDialog>
      )}
    </main>
  )
}

/** A plain GET form: the query is part of the address. */
function SearchForm({ q }: { q: string }) {
  return (
    <search className="px-6 pb-3 max-sm:px-4 max-sm:pt-3">
      <form action="/admin/people" className="relative w-60 max-sm:w-full">
        <Search
          size={16}
          aria-hidden
          className="text-ink-3 pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2"
        />
        <input
          key={q}
          type="search"
          name="q"
          aria-label="Find people"
          placeholder="Name or e-mail"
          maxLength={200}
          defaultValue={q}
          className="rounded-2 border-line-control bg-surface text-ui touch:h-11 touch:text-read h-8 w-full border pr-2.5 pl-8.5 focus-visible:outline-offset-[-1px]"
        />
      </form>
    </search>
  )
}

function NoMatches({ q }: { q: string }) {
  return (
    <section className="px-6 py-16 max-sm:px-4">
      <h2 className="text-h2 font-semibold [overflow-wrap:anywhere]">No people match “{q}”</h2>
      <p className="mt-2">
        <Link href="/admin/people" className="decoration-line-control underline underline-offset-3">
          Show everybody
        </Link>
      </p>
    </section>
  )
}

interface PagesProps {
  nextCursor: string | null
  isFirstPage: boolean
  q: string
}

function Pages({ nextCursor, isFirstPage, q }: PagesProps) {
  if (nextCursor === null && isFirstPage) return null
  const look =
    "text-ui rounded-2 hover:bg-hover touch:h-11 flex h-8 items-center gap-1.5 px-3 font-medium"
  const first = new URLSearchParams(q === "" ? {} : { q })
  const next = new URLSearchParams({ ...(q === "" ? {} : { q }), cursor: nextCursor ?? "" })
  return (
    <nav aria-label="Pages" className="flex h-11 items-center justify-end gap-2 border-t px-6">
      {!isFirstPage && (
        <Link className={look} href={`/admin/people?${first}`}>
          Newest
        </Link>
      )}
      {nextCursor !== null && (
        <Link className={look} href={`/admin/people?${next}`}>
          Older <ArrowRight size={16} aria-hidden />
        </Link>
      )}
    </nav>
  )
}
