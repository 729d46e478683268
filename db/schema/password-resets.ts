import { index, pgTable, uniqueIndex, uuid } from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"
import { tenants, users } from "./people.ts"

/** Links by which people set a new password: never the secret of the link, only its SHA-256. */
export const passwordResets = pgTable(
  "password_resets",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    hash: bytea("hash").notNull(),
    /** Null = the installation itself, by a script. */
    createdBy: uuid("created_by").references(() => users.id, { onDelete: "set null" }),
    createdAt: moment("created_at").notNull().defaultNow(),
    expiresAt: moment("expires_at").notNull(),
    usedAt: moment("used_at"),
    revokedAt: moment("revoked_at"),
  },
  (table) => [
    uniqueIndex("password_resets_hash").on(table.hash),
    // Links of a person: a new one revokes the older.
    index("password_resets_user").on(table.tenantId, table.userId),
    // Foreign keys: the end of an erasure looks for links that a person has made; housekeeping deletes
    // old ones.
    index("password_resets_maker").on(table.createdBy),
    index("password_resets_expiry").on(table.expiresAt),
  ],
)
