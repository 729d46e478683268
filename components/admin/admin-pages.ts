import { Bot, ChartColumn, MessageSquare, ScrollText, Users, type LucideIcon } from "lucide-react"

/** The pages of the admin area, in the order of its navigation. */
export const adminPages: readonly { href: string; name: string; Icon: LucideIcon }[] = [
  { href: "/admin/conversations", name: "Conversations", Icon: MessageSquare },
  { href: "/admin/agents", name: "Agents", Icon: Bot },
  { href: "/admin/people", name: "People", Icon: Users },
  { href: "/admin/usage", name: "Usage", Icon: ChartColumn },
  { href: "/admin/audit", name: "Audit", Icon: ScrollText },
]
