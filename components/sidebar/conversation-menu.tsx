"use client"

import { Ellipsis, Pencil, Trash2 } from "lucide-react"
import { useRouter } from "next/navigation"

import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import type { MenuEntry } from "#components/ui/menu-entries.ts"
import { Menu } from "#components/ui/menu.tsx"
import { notify } from "#components/ui/notify.ts"
import { undoMs } from "#lib/client/conversation-list.ts"

interface ConversationMenuProps {
  id: string
  title: string
  isCurrent: boolean
  isSmall?: boolean
  /** The title becomes a field. */
  onRename: () => void
}

export function ConversationMenu(props: ConversationMenuProps) {
  const { id, title, isCurrent, isSmall, onRename } = props
  const { list } = useStudio()
  const router = useRouter()
  const remove = () => {
    list.delete(id)
    if (isCurrent) router.push("/")
    void notify(`“${title}” deleted`, {
      durationMs: undoMs - 200,
      action: { label: "Undo", onClick: () => list.undoDelete(id) },
    })
  }
  const entries = (): MenuEntry[] => [
    {
      kind: "command",
      name: "Rename",
      icon: <Pencil size={16} aria-hidden />,
      movesFocus: true,
      onSelect: onRename,
    },
    {
      kind: "command",
      name: "Delete",
      icon: <Trash2 size={16} aria-hidden />,
      isDanger: true,
      onSelect: remove,
    },
  ]
  return (
    <Menu
      entries={entries}
      trigger={
        <IconButton
          label={isSmall ? `Menu of ${title}` : "Conversation menu"}
          size={isSmall ? "icon-small" : "icon"}
        >
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      }
    />
  )
}
