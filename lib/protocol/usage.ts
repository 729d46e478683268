import { z } from "zod"

import { calendarDay, onceKey } from "./query-values.ts"

const usageGroups = ["day", "agent", "user"] as const
export type UsageGroup = (typeof usageGroups)[number]

export const usageQuery = z.object({
  from: calendarDay("The first day (UTC); by default 29 days before `to`."),
  to: calendarDay("The last day (UTC); by default today."),
  by: z
    .enum(usageGroups)
    .optional()
    .meta({ [onceKey]: true })
    .describe("`day` (default), `agent` or `user`."),
})

const usageSum = z.object({
  turns: z.int(),
  errors: z.int().describe("Turns that failed."),
  input_tokens: z.int(),
  output_tokens: z.int(),
  turns_without_tokens: z
    .int()
    .describe("Turns without usage figures from their provider; not included in the sums."),
  cost_usd: z.number().nullable().describe("Of turns with a known price; null when none has one."),
  turns_without_price: z.int(),
  latency_p50_ms: z.int().nullable().describe("Median; null = unknown."),
  latency_p95_ms: z.int().nullable(),
})
export type UsageSum = z.infer<typeof usageSum>

const usageItem = z.object({
  key: z.string().describe("A day, or the id of an agent or a person."),
  name: z
    .string()
    .nullable()
    .describe("Of the agent or person; null for days and for deleted entries."),
  ...usageSum.shape,
})
export type UsageItem = z.infer<typeof usageItem>

export const usageReport = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  by: z.enum(usageGroups),
  items: z.array(usageItem),
  total: usageSum,
})
export type UsageReport = z.infer<typeof usageReport>
