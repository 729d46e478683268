import { z } from "zod"

import { limits } from "./limits.ts"
import { legacyTiers, scopes } from "./scopes.ts"
import { isBlank, storableText } from "./texts.ts"

const moment = z.iso.datetime()

const tokenItem = z.object({
  id: z.uuid(),
  name: z.string().describe("Empty when the requesting token grants less than this one."),
  kind: z.literal("pat"),
  scopes: z.array(z.string()),
  created_at: moment,
  expires_at: moment.nullable().describe("null = never"),
  last_used_at: moment.nullable().describe("Updated at most once a minute."),
  last_used_route: z.string().nullable().describe("Method and path of that use."),
  last_used_address: z.string().nullable(),
  replaced_by: z
    .uuid()
    .nullable()
    .describe("The replacement; this token stays valid until `expires_at`."),
  start: z.string().describe("The first characters, to tell one's tokens apart."),
})
export type TokenItem = z.infer<typeof tokenItem>

export const tokenList = z.array(tokenItem)

export const mintTokenBody = z.object({
  name: storableText(limits.tokenNameCharactersMax)
    .refine((text) => !isBlank(text), "must not be blank")
    .describe("Its purpose."),
  expires_in_days: z
    .int()
    .min(1)
    .max(limits.tokenDaysMax)
    .nullish()
    .describe("Absent = no expiry."),
  scopes: z
    .array(z.enum([...scopes, ...legacyTiers]))
    .min(1, "must name a scope")
    .max(limits.tokenScopesMax, `must be at most ${limits.tokenScopesMax} names`)
    .nullish()
    .describe('Absent = `["user"]`. Duplicates count once.'),
})

export const rotateTokenBody = z.object({
  overlap_hours: z
    .number()
    .min(0)
    .max(limits.overlapHoursMax)
    .nullish()
    .describe("Overlap during which the old token stays valid; absent = 24."),
})

export const mintedToken = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(z.string()),
  token: z.string().describe("In plain text; shown only once."),
  expires_at: moment.nullable(),
})
export type MintedToken = z.infer<typeof mintedToken>

export const scopeList = z.array(
  z.object({ scope: z.enum(scopes), description: z.string(), requires_admin: z.boolean() }),
)
export type ScopeList = z.infer<typeof scopeList>
