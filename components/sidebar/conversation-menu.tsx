"use client"

import { Ellipsis, Pencil, Trash2 } from "lucide-react"
import { useRouter } from "next/navigation"
import { useRef } from "react"
import { toast } from "sonner"

import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import { Menu, MenuItem } from "#components/ui/menu.tsx"
import { undoMs } from "#lib/client/conversation-list.ts"

interface ConversationMenuProps {
  id: string
  title: string
  isCurrent: boolean
  isSmall?: boolean
  /** The title becomes a field. */
  onRename: () => void
}

export function ConversationMenu({
  id,
  title,
  isCurrent,
  isSmall,
  onRename,
}: ConversationMenuProps) {
  const { list } = useStudio()
  const router = useRouter()
  const wantsRename = useRef(false)
  const renameOnceClosed = (event: Event) => {
    if (!wantsRename.current) return
    wantsRename.current = false
    event.preventDefault()
    onRename()
  }
  const remove = () => {
    list.delete(id)
    if (isCurrent) router.push("/")
    toast(`“${title}” deleted`, {
      duration: undoMs - 200,
      action: { label: "Undo", onClick: () => list.undoDelete(id) },
    })
  }
  return (
    <Menu
      onClosed={renameOnceClosed}
      trigger={
        <IconButton
          label={isSmall ? `Menu of ${title}` : "Conversation menu"}
          size={isSmall ? "icon-small" : "icon"}
        >
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => (wantsRename.current = true)}>
        <Pencil size={16} aria-hidden /> Rename
      </MenuItem>
      <MenuItem className="text-danger" onSelect={remove}>
        <Trash2 size={16} aria-hidden /> Delete
      </MenuItem>
    </Menu>
  )
}
