import { ArrowRight } from "lucide-react"
import Link from "next/link"

const stepLook =
  "text-ui inline-flex h-8 items-center gap-1.5 rounded-2 px-3 font-medium text-ink-2 hover:bg-hover hover:text-ink touch:h-11"

interface ListFooterProps {
  note: string
  newer: string | null
  older: string | null
  names?: { newer: string; older: string }
}

/** The footer of a paged list, with links to the neighbouring pages. */
export function ListFooter({ note, newer, older, names }: ListFooterProps) {
  const { newer: newerName, older: olderName } = names ?? { newer: "Newer", older: "Older" }
  return (
    <nav
      aria-label="Pages"
      className="flex h-12 shrink-0 items-center gap-2 border-t px-6 max-sm:px-4"
    >
      <p className="text-ui text-ink-3 flex-1 tabular-nums">{note}</p>
      {newer !== null && (
        <Link href={newer} prefetch={false} className={stepLook}>
          {newerName}
        </Link>
      )}
      {older !== null && (
        <Link href={older} prefetch={false} className={stepLook}>
          {olderName} <ArrowRight size={16} aria-hidden />
        </Link>
      )}
    </nav>
  )
}
