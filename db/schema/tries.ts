import { index, integer, pgTable } from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"

/** Failed tries of the last minutes (passwords, setup codes, links), under hashed names. */
export const tries = pgTable(
  "tries",
  {
    name: bytea("name").primaryKey(),
    count: integer("count").notNull(),
    since: moment("since").notNull(),
  },
  // Housekeeping deletes the old.
  (table) => [index("tries_since").on(table.since)],
)
