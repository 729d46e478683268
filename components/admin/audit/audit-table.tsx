import Link from "next/link"

import { withFilters, type Filters } from "#components/admin/lists/filter-address.ts"
import { LocalTime } from "#components/admin/lists/local-time.tsx"
import type { AuditAction, AuditRecordItem } from "#lib/protocol/audit.ts"
import { formerMember } from "#lib/protocol/people.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { actionWords, detailWords } from "./audit-words.ts"

const headLook =
  "bg-paper text-micro text-ink-3 sticky top-0 z-10 h-8 border-b px-3 text-left font-medium whitespace-nowrap first:pl-6 last:pr-6 max-sm:hidden"
const cellLook = "h-9 border-b px-3 whitespace-nowrap first:pl-6 last:pr-6 max-sm:hidden"
const linkLook = "underline-offset-2 hover:underline"

interface AuditTableProps {
  path: string
  filters: Filters
  records: readonly AuditRecordItem[]
  nowMs: number
}

/**
 * Audit records; actor, action and subject link to the matching filter. On phones a row is one
 * cell.
 */
export function AuditTable({ records, ...about }: AuditTableProps) {
  return (
    <table className="text-ui w-full border-separate border-spacing-0 tabular-nums">
      <caption className="sr-only">Audit records, newest first</caption>
      <thead>
        <tr>
          <th scope="col" className={headLook}>
            When
          </th>
          <th scope="col" className={`${headLook} max-sm:table-cell max-sm:pl-4`}>
            Action
          </th>
          {["Who", "Whose", "Target"].map((name) => (
            <th key={name} scope="col" className={headLook}>
              {name}
            </th>
          ))}
          <th scope="col" className={`${headLook} max-xl:hidden`}>
            Details
          </th>
          <th scope="col" className={`${headLook} max-lg:hidden`}>
            From
          </th>
          <th scope="col" className={`${headLook} text-right max-lg:hidden`}>
            Seq
          </th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <Row key={record.id} record={record} {...about} />
        ))}
      </tbody>
    </table>
  )
}

function Row({
  record,
  path,
  filters,
  nowMs,
}: Omit<AuditTableProps, "records"> & { record: AuditRecordItem }) {
  const { actor, subject, target } = record
  const to = (name: string, id: string) => withFilters(path, filters, { [name]: id })
  const when = <LocalTime ms={Date.parse(record.at)} nowMs={nowMs} />
  const who = actor === null ? "The installation" : visibleText(actor.name ?? formerMember)
  const details = detailWords(record.detail)
  return (
    <tr className="hover:bg-sunken">
      <td className={`${cellLook} text-ink-3`}>{when}</td>
      <th
        scope="row"
        className="h-9 border-b px-3 text-left font-normal whitespace-nowrap max-sm:w-full max-sm:max-w-0 max-sm:px-4 max-sm:py-2"
        title={record.action}
      >
        {wordsOf(record.action)}
        <span className="text-ink-3 block truncate sm:hidden">
          {[
            who,
            subject !== null && subject.id !== actor?.id
              ? `of ${visibleText(subject.name ?? formerMember)}`
              : null,
          ]
            .filter((part) => part !== null)
            .join(" · ")}{" "}
          · {when}
        </span>
        {details !== "" && <span className="text-ink-3 block truncate sm:hidden">{details}</span>}
      </th>
      <td className={cellLook}>
        {actor === null ? (
          <span className="text-ink-3">{who}</span>
        ) : (
          <Link href={to("actor", actor.id)} prefetch={false} className={linkLook}>
            <span className="block max-w-36 truncate">{who}</span>
          </Link>
        )}
      </td>
      <td className={cellLook}>
        {subject !== null && (
          <Link href={to("subject", subject.id)} prefetch={false} className={linkLook}>
            <span className="block max-w-36 truncate">
              {visibleText(subject.name ?? formerMember)}
            </span>
          </Link>
        )}
      </td>
      <td className={cellLook}>
        {target !== null && (
          <Link
            href={to("target", target.id)}
            prefetch={false}
            title={target.id}
            className={linkLook}
          >
            {target.kind}{" "}
            <span className="text-ink-3 font-mono text-[12px]">{endOf(target.id)}</span>
          </Link>
        )}
      </td>
      <td className={`${cellLook} text-ink-2 w-full max-w-0 max-xl:hidden`}>
        <span className="block truncate" title={details}>
          {details}
        </span>
      </td>
      <td className={`${cellLook} text-ink-3 max-lg:hidden`}>{record.address}</td>
      <td className={`${cellLook} text-ink-3 text-right max-lg:hidden`}>
        {record.seq?.toLocaleString("en") ?? "waits"}
      </td>
    </tr>
  )
}

function wordsOf(action: string): string {
  return isKnown(action) ? actionWords[action] : action
}

function isKnown(action: string): action is AuditAction {
  return Object.hasOwn(actionWords, action)
}

/** Time-ordered ids created together share a prefix, so the end identifies them. */
function endOf(id: string): string {
  return id.length > 8 ? `…${id.slice(-6)}` : id
}
