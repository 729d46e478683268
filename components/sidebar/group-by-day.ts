import type { ConversationItem } from "#lib/protocol/conversations.ts"

export interface DayGroup {
  name: string
  items: readonly ConversationItem[]
}

const names = ["Today", "Yesterday", "Previous 7 days", "Older"] as const

/** Conversations by the day of their last activity, in the reader's time zone. */
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

/** Days since 1970 by the calendar of that zone: a day of 23 hours is a day. */
function dayNumber(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(ms)
  return Date.parse(parts) / 86_400_000
}
