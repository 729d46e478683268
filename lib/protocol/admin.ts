import { z } from "zod"

import { conversationSorts } from "./conversations.ts"
import { calendarDay } from "./query-values.ts"

/** The current activity of a conversation, or the outcome of its last turn. */
export const conversationOutcomes = ["running", "queued", "done", "stopped", "failed"] as const

const once = { once: true }

/** The filters of the administrators' list, as query parameters. */
export const adminConversationQuery = z.object({
  q: z
    .string()
    .max(1_000)
    .regex(/^[^\0]*$/, "must not contain U+0000")
    .optional()
    .meta(once)
    .describe(
      "Part of a title, an agent's name or the latest message, without case, accents and width.",
    ),
  owner: z.guid().optional().meta(once).describe("A person."),
  agent: z.guid().optional().meta(once).describe("An agent."),
  channel: z
    .string()
    .max(100)
    .regex(/^[^\0]*$/, "must not contain U+0000")
    .optional()
    .meta(once)
    .describe("A kind of channel; unset = every kind."),
  status: z
    .enum(conversationOutcomes)
    .optional()
    .meta(once)
    .describe("The current activity, or the outcome of the last turn."),
  error: z
    .string()
    .regex(/^[a-z_]{1,64}$/, "must be a code")
    .optional()
    .meta(once)
    .describe("The error code of the last turn."),
  from: calendarDay("The first day (UTC) of the last activity."),
  to: calendarDay("The last day (UTC) of the last activity."),
  cost: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, "must be an amount")
    .transform(Number)
    .optional()
    .meta({ ...once, type: "number" })
    .describe("US dollars of all its turns with a known price, at least."),
  sort: z
    .enum(conversationSorts)
    .optional()
    .meta(once)
    .describe("`recent` (default), `oldest` or `title`."),
})
export type AdminConversationQuery = z.output<typeof adminConversationQuery>

/** The query parameters of the page, which also searches message texts. */
export const adminPageQuery = adminConversationQuery.extend({
  in: z.enum(["messages"]).optional(),
})

/** A text that matches the search. */
export interface TextHit {
  conversationId: string
  /** Of the journal row that contains it. */
  seq: number
  kind: "message" | "answer"
  title: string | null
  ownerName: string
  agentId: string
  agentName: string
  /** Plain text on one line; the matches as start and end, in UTF-16 units. */
  snippet: { text: string; matches: readonly [number, number][] }
  /** Unix milliseconds. */
  atMs: number
}

/** A conversation as administrators see it in lists. */
export interface AdminConversation {
  id: string
  title: string | null
  preview: string | null
  ownerId: string
  ownerName: string
  agentId: string
  agentName: string
  channelKind: string
  isRunning: boolean
  queued: number
  turns: number
  inputTokens: number
  outputTokens: number
  costUsd: number
  unpriced: number
  lastOutcome: string | null
  lastErrorCode: string | null
  /** Unix milliseconds. */
  lastActivityMs: number
  /** The newest turn that a driver has claimed. */
  lastTurnId: string | null
  lastTurnSeq: number | null
}

/** A person or agent that a list can be filtered by. */
export interface FilterChoice {
  id: string
  name: string
}

/** A turn as the inspector shows it; moments in Unix milliseconds. */
export interface AdminTurn {
  id: string
  messageSeq: number
  /** Its place in the conversation, from 1. */
  number: number
  status: "queued" | "running" | "ended"
  outcome: string | null
  errorCode: string | null
  attempt: number
  model: string | null
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
  createdMs: number
  startedMs: number | null
  endedMs: number | null
  previousId: string | null
  nextId: string | null
}
