import {
  bigint,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  uuid,
} from "../drizzle.ts"

/** In place of an agent or a person: all of them. */
export const anyone = "00000000-0000-0000-0000-000000000000"

/**
 * What ended on a day (UTC): of all, of each agent, of each person, a row each; raised with every
 * turn that is counted, so that a year of a busy tenant is read in a moment.
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
    // By day and by agent; by person.
    index("usage_days_user").on(table.tenantId, table.userId, table.day),
    index("usage_days_agent").on(table.tenantId, table.agentId, table.day),
  ],
)
