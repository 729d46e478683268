import { z } from "zod"

import { limits } from "./limits.ts"
import { choice, lenientText, wholeNumber } from "./query-values.ts"
import { isBlank, storableText } from "./texts.ts"

const moment = z.iso.datetime()

export const roles = ["owner", "admin", "member"] as const
export type Role = (typeof roles)[number]

/** Replaces the name of an erased person wherever it stood. */
export const formerMember = "Former member"

export const me = z.object({
  user: z.object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role: z.enum(roles),
    avatar_url: z.string().optional(),
  }),
  tenant: z.object({ id: z.uuid(), slug: z.string(), name: z.string() }),
  credential: z.enum(["token", "session"]),
  scopes: z.array(z.string()),
})
export type Me = z.infer<typeof me>

/** A person's own display name. */
export const personName = storableText(limits.personNameCharactersMax)
  .transform((text) => text.trim())
  .refine((text) => !isBlank(text), "must not be blank")

/**
 * An address as it is stored and compared: trimmed, in lower case. Non-ASCII input is refused first,
 * because lower-casing turns the Kelvin sign into a plain `k` and would yield another person's address.
 */
export const emailAddress = z
  .string()
  .refine((text) => text.length <= limits.emailUnitsMax, {
    message: "must be an e-mail address",
    abort: true,
  })
  .transform((text) => text.trim())
  .refine(
    (text) => /^[\x21-\x3f\x41-\x7e]{1,64}@[\x21-\x3f\x41-\x7e]{1,190}$/.test(text),
    "must be an e-mail address",
  )
  .transform((text) => text.toLowerCase())

export const changeMeBody = z.object({ name: personName })

export const personItem = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  created_at: moment,
  disabled_at: moment.nullable().describe("null = not disabled"),
  last_active_at: moment
    .nullable()
    .describe("Over sessions and tokens; updated at most once a minute."),
})
export type PersonItem = z.infer<typeof personItem>

export const peopleQuery = z.object({
  q: lenientText(
    "Part of the name or of the e-mail address, without case, accents and width.",
  ).refine((text) => text === undefined || text.length <= limits.queryCharactersMax, "is too long"),
  status: choice(["active", "disabled"]),
  page_size: wholeNumber("1 to 100, default 50; clamped."),
  cursor: lenientText("`next_cursor` of the previous page."),
})

export const peoplePage = z.object({
  users: z.array(personItem),
  next_cursor: z.string().nullable(),
})
export type PeoplePage = z.infer<typeof peoplePage>

export const changePersonBody = z.object({
  role: z.enum(roles).nullish(),
  disabled: z.boolean().nullish(),
})

export const madePasswordReset = z.object({
  id: z.uuid(),
  expires_at: moment,
  url: z.string().describe("The link; shown only once."),
})
export type MadePasswordReset = z.infer<typeof madePasswordReset>

const erasureReason = storableText(500).nullish().describe("For the audit trail.")

export const eraseMeBody = z.object({
  current_password: z
    .string()
    .max(256, "must be at most 256 characters")
    .nullish()
    .describe("Required unless the person has no password."),
  reason: erasureReason,
})

export const erasePersonBody = z.object({
  email: emailAddress.describe("The person's address, as a confirmation."),
  reason: erasureReason,
})

export const erasureSummary = z.object({
  id: z.uuid(),
  erased_at: moment,
  conversations: z.int(),
  tokens: z.int(),
  sessions: z.int(),
  invitations: z.int().describe("Invitations they had made."),
})
export type ErasureSummary = z.infer<typeof erasureSummary>

/** Only owners make owners, and only from existing people. */
export const inviteBody = z.object({
  email: emailAddress,
  role: z.enum(["admin", "member"]).nullish().describe("Absent = `member`."),
})

const invitationItem = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(roles),
  invited_by: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  created_at: moment,
  expires_at: moment,
})
export type InvitationItem = z.infer<typeof invitationItem>

export const invitationQuery = z.object({
  page_size: wholeNumber("1 to 100, default 50; clamped."),
  cursor: lenientText("`next_cursor` of the previous page."),
})

export const invitationPage = z.object({
  invitations: z.array(invitationItem),
  next_cursor: z.string().nullable(),
})
export type InvitationPage = z.infer<typeof invitationPage>

export const madeInvitation = invitationItem.extend({
  url: z.string().describe("The link; shown only once."),
})
export type MadeInvitation = z.infer<typeof madeInvitation>
