import {
  bigint,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  uuid,
} from "drizzle-orm/pg-core"

/**
 * What ended on a day (UTC), per agent and person: raised once for each ended turn, so that a month
 * of a busy tenant is a few thousand rows.
 */
export const usageDays = pgTable(
  "usage_days",
  {
    tenantId: uuid("tenant_id").notNull(),
    day: date("day").notNull(),
    agentId: uuid("agent_id").notNull(),
    userId: uuid("user_id").notNull(),
    turns: integer("turns").notNull().default(0),
    errors: integer("errors").notNull().default(0),
    inputTokens: bigint("input_tokens", { mode: "number" }).notNull().default(0),
    outputTokens: bigint("output_tokens", { mode: "number" }).notNull().default(0),
    /** Of turns whose price is known. */
    costUsd: doublePrecision("cost_usd").notNull().default(0),
    /** Turns whose price is not known. */
    unpriced: integer("unpriced").notNull().default(0),
    /** Turns whose provider did not say how many tokens they used. */
    unmetered: integer("unmetered").notNull().default(0),
    /** Turns by how long they took; the bounds are where the rows are made. */
    latencyCounts: integer("latency_counts").array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.day, table.agentId, table.userId] }),
    index("usage_days_user").on(table.tenantId, table.userId, table.day),
  ],
)
