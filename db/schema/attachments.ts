import { bigint, index, integer, pgTable, primaryKey, text, uuid } from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"

/** Content-addressed bytes of a tenant; rows without a link go after an hour. */
export const attachmentBytes = pgTable(
  "attachment_bytes",
  {
    tenantId: uuid("tenant_id").notNull(),
    sha256: bytea("sha256").notNull(),
    bytes: bytea("bytes").notNull(),
    /** When a submit last needed them: the sweep leaves fresh ones alone. */
    touchedAt: moment("touched_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.sha256] })],
)

/**
 * How many bytes of files a tenant has stored: triggers of attachment_bytes keep it, so that nothing
 * is summed up, and processes of an older version count too.
 */
export const fileUsage = pgTable("file_usage", {
  tenantId: uuid("tenant_id").primaryKey(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
})

export const attachments = pgTable(
  "attachments",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    messageId: uuid("message_id").notNull(),
    sha256: bytea("sha256").notNull(),
    filename: text("filename").notNull(),
    contentType: text("content_type").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
  },
  (table) => [
    index("attachments_message").on(table.conversationId, table.messageId),
    // "Is this content still linked?" of the sweep.
    index("attachments_content").on(table.tenantId, table.sha256),
  ],
)
