"use client"

import { ChevronLeft, ChevronRight, Link as LinkIcon, Menu } from "lucide-react"
import Link from "next/link"
import type { ReactNode } from "react"

import { useOpenDrawer } from "#components/admin/admin-frame.tsx"
import { CopyAddress } from "#components/admin/lists/copy-address.tsx"
import { IconButton } from "#components/ui/button.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

interface ReadingHeaderProps {
  conversation: { href: string; title: string } | null
  heading: ReactNode
  /** Addresses of the neighbours; undefined on pages that have none. */
  previous?: string | null
  next?: string | null
}

/** Breadcrumb: list, conversation, turn. */
export function ReadingHeader({ conversation, heading, previous, next }: ReadingHeaderProps) {
  const openDrawer = useOpenDrawer()
  return (
    <header className="flex flex-none items-center gap-2 px-6 pt-4 max-sm:px-4">
      <IconButton label="Open menu" className="-ml-3 sm:hidden" onClick={openDrawer}>
        <Menu size={16} aria-hidden />
      </IconButton>
      <div className="min-w-0 flex-1">
        <nav aria-label="Breadcrumb" className="text-ui text-ink-3 truncate">
          <Link href="/admin/conversations" className="hover:underline">
            Conversations
          </Link>
          {conversation !== null && (
            <>
              {" / "}
              <Link href={conversation.href} className="hover:underline">
                {visibleText(conversation.title)}
              </Link>
            </>
          )}
        </nav>
        <h1 className="text-h2 mt-0.5 truncate font-semibold">{heading}</h1>
      </div>
      {previous !== undefined && (
        <Step href={previous} label="Previous turn" icon={<ChevronLeft size={16} aria-hidden />} />
      )}
      {next !== undefined && (
        <Step href={next} label="Next turn" icon={<ChevronRight size={16} aria-hidden />} />
      )}
      <CopyAddress label="Copy link" icon={<LinkIcon size={16} aria-hidden />} />
    </header>
  )
}

function Step(props: { href: string | null; label: string; icon: ReactNode }) {
  if (props.href === null) {
    return (
      <IconButton label={props.label} disabled>
        {props.icon}
      </IconButton>
    )
  }
  return (
    <Link
      href={props.href}
      aria-label={props.label}
      title={props.label}
      className="rounded-2 text-ink-2 hover:bg-hover hover:text-ink touch:size-11 grid size-8 place-items-center"
    >
      {props.icon}
    </Link>
  )
}
