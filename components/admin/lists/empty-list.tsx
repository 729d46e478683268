import Link from "next/link"

interface EmptyListProps {
  title: string
  note: string
  /** Address of the unfiltered list; null when no filter is set. */
  clearHref: string | null
}

/** The empty state of a list: the reason, and a link to clear the filters. */
export function EmptyList({ title, note, clearHref }: EmptyListProps) {
  return (
    <section aria-label={title} className="flex-1 border-t px-6 pt-16 max-sm:px-4">
      <h2 className="text-h2 font-semibold [overflow-wrap:anywhere]">{title}</h2>
      <p className="text-ink-2 mt-1">{note}</p>
      {clearHref !== null && (
        <Link
          href={clearHref}
          className="border-line-strong bg-surface text-ui hover:bg-hover rounded-2 touch:h-11 mt-4 inline-flex h-8 items-center border px-3 font-medium"
        >
          Clear all filters
        </Link>
      )}
    </section>
  )
}
