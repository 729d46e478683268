"use client"

import { Pencil, Trash2 } from "lucide-react"
import { useRouter } from "next/navigation"

import { useStudio } from "#components/studio/studio-context.tsx"
import type { MenuEntry, OpenMenuProps } from "#components/ui/menu-entries.ts"
import { notify } from "#components/ui/notify.ts"
import { OpenMenu } from "#components/ui/open-menu.tsx"
import { undoMs } from "#lib/client/stream/conversation-list.ts"

export interface OpenConversationMenuProps extends Pick<OpenMenuProps, "trigger"> {
  id: string
  title: string
  isCurrent: boolean
  /** Replaces the title with a field. */
  onRename: () => void
}

/** The actions of a conversation. */
export function OpenConversationMenu(props: OpenConversationMenuProps) {
  const { id, title, isCurrent, onRename, trigger } = props
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
  return <OpenMenu trigger={trigger} entries={entries} />
}
