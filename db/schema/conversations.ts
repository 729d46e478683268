import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core"

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
    /** The start of the latest message. */
    preview: text("preview"),
    lastTurnChannel: text("last_turn_channel"),
    lastActivityAt: moment("last_activity_at").notNull().defaultNow(),
    createdAt: moment("created_at").notNull().defaultNow(),
    deletedAt: moment("deleted_at"),
  },
  (table) => [
    // The admin list, newest first.
    index("conversations_activity")
      .on(table.tenantId, table.lastActivityAt.desc(), table.id.desc())
      .where(sql`${table.deletedAt} is null`),
    // The owner's list, newest first.
    index("conversations_owner")
      .on(table.ownerId, table.lastActivityAt.desc(), table.id.desc())
      .where(sql`${table.deletedAt} is null`),
    uniqueIndex("conversations_channel").on(table.tenantId, table.channelKind, table.channelThread),
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
  (table) => [primaryKey({ columns: [table.userId, table.conversationId] })],
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
  /** The running turn is asked to stop. */
  interrupt: boolean("interrupt").notNull().default(false),
})
