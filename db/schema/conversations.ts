import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from "../drizzle.ts"
import { agents } from "./agents.ts"
import { moment } from "./columns.ts"
import { tenants, users } from "./people.ts"

export const conversations = pgTable(
  "conversations",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    agentId: uuid("agent_id")
      .notNull()
      .references(() => agents.id),
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => users.id),
    channelKind: text("channel_kind").notNull().default("web"),
    channelThread: text("channel_thread").notNull(),
    mode: text("mode").notNull().default("standard"),
    readOnly: boolean("read_only").notNull().default(false),
    title: text("title"),
    titleIsCustom: boolean("title_is_custom").notNull().default(false),
    /** What the automatic title is, also while a custom one hides it. */
    automaticTitle: text("automatic_title"),
    /** When the model is asked for a title; null = it is not. */
    titleDueAt: moment("title_due_at"),
    /** How often it was asked. */
    titleTries: smallint("title_tries").notNull().default(0),
    /** The start of the latest message. */
    preview: text("preview"),
    /** Title and preview as search compares them. @see lib/fold-text.ts */
    searchTitle: text("search_title"),
    searchPreview: text("search_preview"),
    /** Both are of title and preview as they stand; else housekeeping writes them. Kept by a trigger. */
    isSearchable: boolean("is_searchable").notNull().default(false),
    lastTurnChannel: text("last_turn_channel"),
    /** Sums over its ended turns, raised by the statement that ends one. */
    turns: integer("turns").notNull().default(0),
    inputTokens: bigint("input_tokens", { mode: "number" }).notNull().default(0),
    outputTokens: bigint("output_tokens", { mode: "number" }).notNull().default(0),
    /** Of turns whose price is known. */
    costUsd: doublePrecision("cost_usd").notNull().default(0),
    /** Turns whose price is not known. */
    unpriced: integer("unpriced").notNull().default(0),
    /** How the last of them ended, and why it failed. */
    lastOutcome: text("last_outcome"),
    lastErrorCode: text("last_error_code"),
    lastActivityAt: moment("last_activity_at").notNull().defaultNow(),
    createdAt: moment("created_at").notNull().defaultNow(),
    deletedAt: moment("deleted_at"),
  },
  (table) => [
    // Lists are read backwards for "newest first": a `desc` index of drizzle sorts nulls last, which
    // `order by … desc` does not, so it would give no order. The admin list; of one owner; of one agent.
    index("conversations_recent")
      .on(table.tenantId, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null`),
    index("conversations_owned")
      .on(table.ownerId, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null`),
    index("conversations_agent")
      .on(table.agentId, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null`),
    // The admin list by title.
    index("conversations_title")
      .on(table.tenantId, sql`lower(${table.title}) collate "C"`, table.id)
      .where(sql`${table.deletedAt} is null`),
    // The rare ones among many: other channels, turns that failed or were stopped, what cost much.
    index("conversations_channel_recent")
      .on(table.tenantId, table.channelKind, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null and ${table.channelKind} <> 'web'`),
    index("conversations_outcome")
      .on(table.tenantId, table.lastOutcome, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null and ${table.lastOutcome} <> 'end'`),
    // The same of one owner.
    index("conversations_owner_outcome")
      .on(table.ownerId, table.lastOutcome, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null and ${table.lastOutcome} <> 'end'`),
    index("conversations_costly")
      .on(table.tenantId, table.lastActivityAt, table.id)
      .where(sql`${table.deletedAt} is null and ${table.costUsd} >= 0.1`),
    uniqueIndex("conversations_channel").on(table.tenantId, table.channelKind, table.channelThread),
    // The work list of what search compares.
    index("conversations_unsearchable")
      .on(table.id)
      .where(sql`not ${table.isSearchable}`),
    // The work list of titles.
    index("conversations_untitled")
      .on(table.titleDueAt)
      .where(sql`${table.titleDueAt} is not null`),
    // The purge of deleted conversations.
    index("conversations_deleted")
      .on(table.deletedAt)
      .where(sql`${table.deletedAt} is not null`),
  ],
)

export const participants = pgTable(
  "participants",
  {
    conversationId: uuid("conversation_id")
      .notNull()
      .references(() => conversations.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    tenantId: uuid("tenant_id").notNull(),
    /** The last seq this person has seen. */
    readSeq: bigint("read_seq", { mode: "number" }).notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.conversationId] }),
    // Who takes part in a conversation: for its page, and for who is told that it has changed.
    index("participants_conversation").on(table.conversationId),
  ],
)

/**
 * What search compares of a conversation, for the search by part of a word; title and preview as they
 * are beside it while that may not be theirs. Apart from the conversation so that its index is not
 * written with every turn. Behind by a moment: the newest are searched directly.
 */
export const conversationTexts = pgTable(
  "conversation_texts",
  {
    conversationId: uuid("conversation_id")
      .primaryKey()
      .references(() => conversations.id, { onDelete: "cascade" }),
    tenantId: uuid("tenant_id").notNull(),
    text: text("text").notNull(),
  },
  (table) => [index("conversation_texts_trigrams").using("gin", table.text.op("gin_trgm_ops"))],
)

/**
 * The head of a conversation's journal: its last seq, and which attempt of which turn may append.
 * Narrow and half empty, so that every update is HOT. Created with `fillfactor = 50`.
 */
export const heads = pgTable("heads", {
  conversationId: uuid("conversation_id").primaryKey(),
  lastSeq: bigint("last_seq", { mode: "number" }).notNull().default(0),
  /** How many turns wait. */
  queued: integer("queued").notNull().default(0),
  runTurn: uuid("run_turn"),
  runAttempt: integer("run_attempt"),
  /** The number that the running attempt's next append must name; each append raises it. */
  runAppend: integer("run_append").notNull().default(0),
  /** The running turn is asked to stop. */
  interrupt: boolean("interrupt").notNull().default(false),
})
