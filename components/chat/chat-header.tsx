"use client"

import { Link as LinkIcon, Menu, SquarePen } from "lucide-react"
import Link from "next/link"
import { useState } from "react"

import { ConversationMenu } from "#components/sidebar/conversation-menu.tsx"
import { RenameField } from "#components/sidebar/rename-field.tsx"
import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import { CopyButton } from "#components/ui/copy-button.tsx"

/** 48 px high: drawer button on phones, title, and conversation actions. */
export function ChatHeader({ title, id }: { title: string | null; id?: string }) {
  const { openDrawer } = useStudio()
  const [isRenaming, setRenaming] = useState(false)
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 px-4 pt-[env(safe-area-inset-top)] max-sm:px-1">
      <IconButton label="Open conversations" className="sm:hidden" onClick={openDrawer}>
        <Menu size={16} aria-hidden />
      </IconButton>
      {title === null ? (
        <span className="flex-1" />
      ) : isRenaming && id !== undefined ? (
        <div className="max-w-96 flex-1">
          <RenameField id={id} title={title} onDone={() => setRenaming(false)} />
        </div>
      ) : (
        <h1 className="min-w-0 flex-1 truncate font-medium">{title}</h1>
      )}
      {id !== undefined && title !== null && (
        <>
          <span className="max-sm:hidden">
            <CopyButton
              label="Copy link to conversation"
              text={() => window.location.href.replace(/#.*$/, "")}
              icon={<LinkIcon size={16} aria-hidden />}
            />
          </span>
          <ConversationMenu id={id} title={title} isCurrent onRename={() => setRenaming(true)} />
        </>
      )}
      <Link
        href="/"
        aria-label="New chat"
        title="New chat"
        className="rounded-2 text-ink-2 hover:bg-hover grid size-11 place-items-center sm:hidden"
      >
        <SquarePen size={16} aria-hidden />
      </Link>
    </header>
  )
}
