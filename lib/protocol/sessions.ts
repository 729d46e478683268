import { z } from "zod"

const moment = z.iso.datetime()

const sessionItem = z.object({
  id: z.uuid(),
  device: z.string().describe("Self-reported browser and system: `Firefox on Linux`."),
  address: z.string().nullable().describe("The client's address at sign-in; null = unknown."),
  created_at: moment,
  last_active_at: moment.describe("Updated at most once a minute."),
  is_current: z.boolean(),
  is_kept: z.boolean().describe("Its idle timeout is 30 days instead of 12 hours."),
})
export type SessionItem = z.infer<typeof sessionItem>

export const sessionList = z.array(sessionItem)

export const endedSessions = z.object({ ended: z.int() })

const password = z.string().max(256, "must be at most 256 characters")

export const changePasswordBody = z.object({
  current_password: password,
  new_password: password.min(8, "must be at least 8 characters"),
})
