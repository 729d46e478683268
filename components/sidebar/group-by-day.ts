import type { ConversationItem } from "#lib/protocol/conversations.ts"

interface DayGroup {
  name: string
  items: readonly ConversationItem[]
}

const names = ["Today", "Yesterday", "Previous 7 days", "Older"] as const

/** Groups conversations by the day of their last activity, in the reader's time zone. */
export function groupByDay(
  items: readonly ConversationItem[],
  nowMs: number,
  timeZone: string,
): DayGroup[] {
  const today = dayNumber(nowMs, timeZone)
  const groups = names.map((name) => ({ name, items: new Array<ConversationItem>() }))
  for (const item of items) {
    const age = today - dayNumber(Date.parse(item.last_activity_at), timeZone)
    groups[age <= 0 ? 0 : age === 1 ? 1 : age <= 7 ? 2 : 3]?.items.push(item)
  }
  return groups.filter((group) => group.items.length > 0)
}

/** Calendar days since 1970 in that zone: a day of 23 hours counts as one. */
function dayNumber(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(ms)
  return Date.parse(parts) / 86_400_000
}
