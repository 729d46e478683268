import type { EventKind } from "#lib/protocol/events.ts"

import { bigint, integer, pgTable, primaryKey, sql, text, uuid } from "../drizzle.ts"
import { jsonText, moment } from "./columns.ts"

/**
 * The ordered events of every conversation. A row covers `firstSeq`..`seq`: one event, or after
 * folding a run of text deltas with the length of each in UTF-16 units. No foreign keys: they cost
 * 10 to 15 % of the write-ahead log on the hottest table.
 */
export const journal = pgTable(
  "journal",
  {
    conversationId: uuid("conversation_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    firstSeq: bigint("first_seq", { mode: "number" }).notNull(),
    turnId: uuid("turn_id"),
    attempt: integer("attempt"),
    direction: text("direction").$type<"inbound" | "outbound">().notNull().default("outbound"),
    /** A newer process may have written a name unknown here: readers ignore it, cursors count it. */
    kind: text("kind").$type<EventKind>().notNull(),
    /** The wire event, as sent. */
    payload: jsonText("payload").notNull(),
    /** Tool arguments and results, provider metadata, identity claims: never published. */
    detail: jsonText("detail"),
    lengths: integer("lengths").array(),
    createdAt: moment("created_at")
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.conversationId, table.seq] })],
)
