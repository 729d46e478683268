import { z } from "zod"

const tokens = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const budget = z.object({
  monthly_token_limit: tokens.nullable().describe("null = none"),
  used_tokens: tokens.describe("Of turns that have ended this month (UTC)."),
  resets_at: z.iso.datetime().describe("When the next month begins."),
})
export type Budget = z.infer<typeof budget>

export const changeBudgetBody = z.object({
  monthly_token_limit: tokens.nullable().describe("null takes the limit away."),
})
