import { Eye } from "lucide-react"
import Link from "next/link"

import { visibleText } from "#lib/transcript/visible-text.ts"

/** Shown above every page on which an administrator reads another person's data. */
export function ReadingBanner({ ownerName, auditHref }: { ownerName: string; auditHref: string }) {
  return (
    <p className="bg-warning-soft text-ui flex min-h-10 flex-none items-center gap-2.5 px-4 py-1.5 max-sm:items-start">
      <Eye size={16} aria-hidden className="text-warning flex-none max-sm:mt-0.5" />
      <span className="flex-1">
        <strong className="font-medium">
          You are reading {visibleText(ownerName)}’s conversation.
        </strong>{" "}
        Nothing can be changed here, and your visit is recorded.
      </span>
      <Link
        href={auditHref}
        className="whitespace-nowrap underline underline-offset-2 max-sm:hidden"
      >
        Audit
      </Link>
    </p>
  )
}
