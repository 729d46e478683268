import { expect, test } from "vitest"

import { groupByDay } from "#components/sidebar/group-by-day.ts"
import type { ConversationItem } from "#lib/protocol/conversations.ts"

const at = (last_activity_at: string) => ({ id: last_activity_at, last_activity_at })

/** Only a conversation's time matters here. */
function groupsAt(now: string, timeZone: string, ...times: string[]): Record<string, string[]> {
  const items = times.map(at) as unknown as ConversationItem[]
  const groups = groupByDay(items, Date.parse(now), timeZone)
  return Object.fromEntries(groups.map(({ name, items }) => [name, items.map(({ id }) => id)]))
}

test("conversations are grouped by the day of their last activity, without empty days", () => {
  const times = ["2026-03-10T08:00:00Z", "2026-03-09T23:59:00Z", "2026-03-03T00:00:00Z"]
  expect(groupsAt("2026-03-10T09:00:00Z", "UTC", ...times, "2026-03-02T23:59:00Z")).toEqual({
    Today: ["2026-03-10T08:00:00Z"],
    Yesterday: ["2026-03-09T23:59:00Z"],
    "Previous 7 days": ["2026-03-03T00:00:00Z"],
    Older: ["2026-03-02T23:59:00Z"],
  })
  expect(groupsAt("2026-03-10T09:00:00Z", "UTC", "2026-03-10T00:00:00Z")).toEqual({
    Today: ["2026-03-10T00:00:00Z"],
  })
})

test("a day follows the reader's calendar, including clock changes", () => {
  // 00:30 in Berlin; the previous day had 23 hours there.
  const now = "2026-03-29T22:30:00Z"
  expect(groupsAt(now, "Europe/Berlin", "2026-03-29T21:30:00Z", "2026-03-28T22:30:00Z")).toEqual({
    Yesterday: ["2026-03-29T21:30:00Z"],
    "Previous 7 days": ["2026-03-28T22:30:00Z"],
  })
  // Times ahead of a slow clock count as today.
  expect(groupsAt(now, "UTC", "2026-03-30T08:00:00Z")).toEqual({ Today: ["2026-03-30T08:00:00Z"] })
})
