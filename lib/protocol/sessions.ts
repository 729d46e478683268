import { z } from "zod"

const moment = z.iso.datetime()

const sessionItem = z.object({
  id: z.uuid(),
  device: z.string().describe("What the browser called itself, in words: `Firefox on Linux`."),
  address: z.string().nullable().describe("Where it was opened from; null = not known."),
  created_at: moment,
  last_active_at: moment.describe("Noted once a minute."),
  is_current: z.boolean(),
  is_kept: z.boolean().describe("It ends after 30 days without use, not after 12 hours."),
})
export type SessionItem = z.infer<typeof sessionItem>

export const sessionList = z.array(sessionItem)

export const endedSessions = z.object({ ended: z.int() })

const password = z.string().max(256, "must be at most 256 characters")

export const changePasswordBody = z.object({
  current_password: password,
  new_password: password.min(8, "must be at least 8 characters"),
})
