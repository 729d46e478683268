"use client"

import Link from "next/link"

import { AgentMark } from "#components/ui/agent-mark.tsx"
import { cn } from "#components/ui/cn.ts"
import { RunningMark } from "#components/ui/trace-strip.tsx"
import type { ConversationItem } from "#lib/protocol/conversations.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { ConversationMenu } from "./conversation-menu.tsx"
import { RenameField } from "./rename-field.tsx"
import { rowLook } from "./row-look.ts"

interface ConversationRowProps {
  item: ConversationItem
  isCurrent: boolean
  isRenaming: boolean
  onRename: (id: string | null) => void
}

export function ConversationRow({ item, isCurrent, isRenaming, onRename }: ConversationRowProps) {
  const title = item.title || item.last_text || "New chat"
  if (isRenaming) return <RenameField id={item.id} title={title} onDone={() => onRename(null)} />
  return (
    <div className="group/row relative">
      <Link
        href={`/c/${item.id}`}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        className={cn(rowLook, isCurrent ? "bg-hover text-ink font-medium" : "text-ink-2")}
      >
        <AgentMark agentId={item.agent.id} className={isCurrent ? "text-ink" : "text-ink-3"} />
        <span className="min-w-0 flex-1 truncate">{visibleText(title)}</span>
        <span className="touch:mr-9 touch:opacity-100! flex-none group-focus-within/row:opacity-0 group-hover/row:opacity-0">
          {item.status !== "idle" ? (
            <RunningMark />
          ) : item.unread && !isCurrent ? (
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a dot, not a file
            <i role="img" aria-label="Unread" className="bg-accent block size-[7px] rounded-full" />
          ) : null}
        </span>
      </Link>
      <span className="touch:top-0 touch:right-0 touch:opacity-100 absolute top-1 right-1 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 has-data-[state=open]:opacity-100">
        <ConversationMenu
          id={item.id}
          title={visibleText(title)}
          isCurrent={isCurrent}
          isSmall
          onRename={() => onRename(item.id)}
        />
      </span>
    </div>
  )
}
