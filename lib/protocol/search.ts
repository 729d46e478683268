import { z } from "zod"

import { choice, lenientText, wholeNumber } from "./query-values.ts"

const searchHit = z.object({
  conversation_id: z.uuid(),
  agent_id: z.uuid(),
  seq: z.int().describe("The journal row that contains the text; 0 for a title."),
  kind: z.enum(["title", "message", "answer"]),
  title: z.string(),
  snippet: z.string().describe("Plain text on one line."),
  matches: z
    .array(z.tuple([z.int(), z.int()]))
    .describe("Start and end of each match in `snippet`, in UTF-16 units."),
  at: z.iso.datetime(),
})
export type SearchHit = z.infer<typeof searchHit>

export const searchPage = z.object({
  hits: z.array(searchHit),
  next_cursor: z.string().optional(),
})
export type SearchPage = z.infer<typeof searchPage>

export const searchQuery = z.object({
  q: lenientText(
    "Words that must all occur, without case, accents and width; the last one may be unfinished.",
  ),
  in: choice(["titles", "messages"]),
  limit: wholeNumber("1 to 50, 20 by default."),
  cursor: z.string().max(500).optional().meta({ once: true }).describe("From `next_cursor`."),
})
