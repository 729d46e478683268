"use client"

import { Ellipsis } from "lucide-react"

import { IconButton } from "#components/ui/button.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { Menu } from "#components/ui/menu.tsx"

import type { OpenConversationMenuProps } from "./open-conversation-menu.tsx"

const OpenConversationMenu = lazyPart(
  async () => (await import("./open-conversation-menu.tsx")).OpenConversationMenu,
)

interface ConversationMenuProps extends Omit<OpenConversationMenuProps, "trigger"> {
  isSmall?: boolean
}

export function ConversationMenu({ isSmall, ...props }: ConversationMenuProps) {
  const { title } = props
  return (
    <Menu
      open={(slots) => <OpenConversationMenu {...props} {...slots} />}
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
