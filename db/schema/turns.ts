import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgSequence,
  pgTable,
  primaryKey,
  sql,
  text,
  uniqueIndex,
  uuid,
} from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"

/** Numbers of drivers: each is also the key of the advisory lock by which a driver shows it lives. */
export const driverIds = pgSequence("driver_ids", { maxValue: 2147483647, cycle: true })

/** One accepted message and the work it starts; also the queue that drivers lease from. */
export const turns = pgTable(
  "turns",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    agentId: uuid("agent_id").notNull(),
    userId: uuid("user_id").notNull(),
    messageId: uuid("message_id").notNull(),
    /** The seq of its `message` row: the order of turns. */
    messageSeq: bigint("message_seq", { mode: "number" }).notNull(),
    status: text("status").notNull().default("queued"),
    turnSource: text("turn_source").notNull(),
    browserSession: boolean("browser_session").notNull().default(false),
    attempt: integer("attempt").notNull().default(0),
    /** Attempts that ended with their driver, not with the turn. */
    crashes: integer("crashes").notNull().default(0),
    /** The driver that holds the lease: a number of the sequence `driver_ids`. */
    owner: integer("owner"),
    leaseUntil: moment("lease_until"),
    interruptRequestedAt: moment("interrupt_requested_at"),
    /** The seq of the newest nudge; the turn does not end before it was read. */
    nudgeSeq: bigint("nudge_seq", { mode: "number" }),
    createdAt: moment("created_at").notNull().defaultNow(),
    startedAt: moment("started_at"),
    endedAt: moment("ended_at"),
    /** The `stop_reason` of `final`, or `error`. */
    outcome: text("outcome"),
    errorCode: text("error_code"),
    model: text("model"),
    inputTokens: bigint("input_tokens", { mode: "number" }),
    outputTokens: bigint("output_tokens", { mode: "number" }),
    costUsd: doublePrecision("cost_usd"),
    foldedAt: moment("folded_at"),
    /** When it was added to `usage_days`. */
    countedAt: moment("counted_at"),
  },
  (table) => [
    // The queue of a conversation, in order.
    index("turns_open")
      .on(table.conversationId, table.messageSeq)
      .where(sql`${table.status} in ('queued', 'running')`),
    // The claim: the oldest queued turns.
    index("turns_queued")
      .on(table.createdAt)
      .where(sql`${table.status} = 'queued'`),
    // The sweep and the renewal of leases.
    index("turns_running")
      .on(table.owner)
      .where(sql`${table.status} = 'running'`),
    // Turns of a conversation in order: history of a model call, GET /messages by turn.
    uniqueIndex("turns_order").on(table.conversationId, table.messageSeq),
    // The folder's work list.
    index("turns_unfolded")
      .on(table.endedAt)
      .where(sql`${table.status} = 'ended' and ${table.foldedAt} is null`),
    // The work list of the usage count.
    index("turns_uncounted")
      .on(table.endedAt)
      .where(sql`${table.status} = 'ended' and ${table.countedAt} is null`),
    check("turns_status", sql`${table.status} in ('queued', 'running', 'ended')`),
  ],
)

/** Keys of `submit` and `nudge`: the last word on "was this accepted before". */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    conversationId: uuid("conversation_id").notNull(),
    operation: text("operation").notNull(),
    key: text("key").notNull(),
    /** The turn of a submit, the turn a nudge was added to. */
    turnId: uuid("turn_id").notNull(),
    /** The message, or the nudge. */
    messageId: uuid("message_id").notNull(),
    /** SHA-256 of the validated content. */
    fingerprint: bytea("fingerprint").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.operation, table.key] }),
    // The purge of expired keys.
    index("idempotency_keys_expiry").on(table.expiresAt),
  ],
)
