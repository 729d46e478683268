"use client"

import { usedWords } from "#components/tokens/token-times.ts"
import { ScreenReaderOnly } from "#components/ui/screen-reader-only.tsx"
import { useNow } from "#components/ui/use-now.ts"
import { When } from "#components/ui/when.tsx"
import type { PersonItem } from "#lib/protocol/people.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import type { PeopleViewer } from "./people-viewer.ts"
import { PersonMenu } from "./person-menu.tsx"
import { roleNames } from "./role-names.ts"
import { cellLook, headLook } from "./table-look.ts"

interface PeopleTableProps {
  viewer: PeopleViewer
  people: readonly PersonItem[]
}

/** All people; on phones the first cell of a row holds all of it. */
export function PeopleTable({ viewer, people }: PeopleTableProps) {
  const now = useNow(true, 30_000)
  return (
    <table className="text-ui w-full border-collapse">
      <caption className="sr-only">People</caption>
      <thead>
        <tr>
          <th scope="col" className={headLook}>
            Name
          </th>
          {["Role", "Last active", "Joined"].map((name) => (
            <th key={name} scope="col" className={`${headLook} max-sm:hidden`}>
              {name}
            </th>
          ))}
          <th scope="col" className={headLook}>
            <ScreenReaderOnly>Actions</ScreenReaderOnly>
          </th>
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          <PersonRow key={person.id} person={person} viewer={viewer} now={now} />
        ))}
      </tbody>
    </table>
  )
}

interface PersonRowProps {
  person: PersonItem
  viewer: PeopleViewer
  now: number
}

function PersonRow({ person, viewer, now }: PersonRowProps) {
  const isDisabled = person.disabled_at !== null
  const words = (moment: number, timeZone: string) => usedWords(moment, now, timeZone)
  const active =
    person.last_active_at === null ? (
      <span className="text-ink-3">never</span>
    ) : (
      <When time={person.last_active_at} words={words} />
    )
  const role = isDisabled ? (
    <span className="text-warning font-medium">
      Disabled {roleNames[person.role].toLowerCase()}
    </span>
  ) : (
    roleNames[person.role]
  )
  return (
    <tr className="hover:bg-sunken">
      <th scope="row" className={`${cellLook} max-w-0 text-left font-medium sm:w-1/2`}>
        <p className={`truncate ${isDisabled ? "text-ink-3" : ""}`}>
          {visibleText(person.name)}
          {person.id === viewer.id && <span className="text-ink-3 font-normal"> · you</span>}
        </p>
        <p className="text-ink-3 truncate font-normal">{visibleText(person.email)}</p>
        <p className="text-ink-2 font-normal sm:hidden">
          {role} · active {active}
        </p>
      </th>
      <td className={`${cellLook} whitespace-nowrap max-sm:hidden`}>{role}</td>
      <td className={`${cellLook} whitespace-nowrap max-sm:hidden`}>{active}</td>
      <td className={`${cellLook} whitespace-nowrap max-sm:hidden`}>
        <When time={person.created_at} words={words} />
      </td>
      <td className={`${cellLook} w-px text-right`}>
        <PersonMenu person={person} viewer={viewer} />
      </td>
    </tr>
  )
}
