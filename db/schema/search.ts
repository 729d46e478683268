import { bigint, index, pgTable, primaryKey, text, uuid } from "../drizzle.ts"
import { moment, tsvector } from "./columns.ts"

/**
 * What people and agents said, one row a message, nudge or answer, for full text search. Written
 * once a turn has ended, never by the turn itself. Who may read a row is asked of `participants`;
 * `ownerId` only narrows what is looked at.
 */
export const searchEntries = pgTable(
  "search_entries",
  {
    conversationId: uuid("conversation_id").notNull(),
    /** Of the journal row that holds the text: where a hit leads. */
    seq: bigint("seq", { mode: "number" }).notNull(),
    tenantId: uuid("tenant_id").notNull(),
    /** The owner of the conversation. */
    ownerId: uuid("owner_id").notNull(),
    turnId: uuid("turn_id").notNull(),
    /** `message` or `answer`. */
    kind: text("kind").notNull(),
    /** The start of the text: all of a message, the first 100,000 UTF-16 units of an answer. */
    body: text("body").notNull(),
    /** Folded by `lib/search/words.ts`, without positions. */
    words: tsvector("words").notNull(),
    at: moment("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.seq] }),
    // Rare words: of one owner, or with `tenant_id` alone of a tenant.
    index("search_entries_words").using("gin", table.tenantId, table.ownerId, table.words),
    // Common words: an owner's texts, read backwards until a page is full.
    index("search_entries_newest").on(table.ownerId, table.at, table.conversationId, table.seq),
    // The same for administrators: all texts of the tenant.
    index("search_entries_recent").on(table.tenantId, table.at, table.conversationId, table.seq),
  ],
)
