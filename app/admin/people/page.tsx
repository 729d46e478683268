import type { Metadata } from "next"

import { PeopleView } from "#components/people/people-view.tsx"
import { parameterOf } from "#lib/admin/valid-filters.ts"
import { validMomentCursor } from "#lib/lists/moment-cursor.ts"
import { listInvitations } from "#lib/people/list-invitations.ts"
import { listPeople } from "#lib/people/list-people.ts"

import { requireAdmin } from "../require-admin.ts"

export const metadata: Metadata = { title: "People" }

interface PeoplePageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function PeoplePage({ searchParams }: PeoplePageProps) {
  const { runtime, principal } = await requireAdmin()
  const query = await searchParams
  const q = parameterOf(query, "q")?.slice(0, 200)
  const cursor = validMomentCursor(parameterOf(query, "cursor"))
  const [people, invitations] = await Promise.all([
    listPeople(runtime.db, principal.tenantId, {
      q,
      cursor,
      page_size: 50,
    }),
    listInvitations(runtime.db, principal.tenantId, { page_size: 100 }),
  ])
  return (
    <PeopleView
      viewer={{ id: principal.userId, role: principal.role }}
      people={people.users}
      nextCursor={people.next_cursor}
      invitations={invitations.invitations}
      q={q ?? ""}
      isFirstPage={cursor === undefined}
    />
  )
}
