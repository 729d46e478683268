import { index, pgTable, text, uniqueIndex, uuid } from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"
import { tenants, users } from "./people.ts"

/** Personal access tokens: never the plaintext, only its SHA-256 and the first characters. */
export const tokens = pgTable(
  "tokens",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    hash: bytea("hash").notNull(),
    start: text("start").notNull(),
    scopes: text("scopes").array().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    expiresAt: moment("expires_at"),
    revokedAt: moment("revoked_at"),
    lastUsedAt: moment("last_used_at"),
    /** Method and path pattern of that use, and from where. */
    lastUsedRoute: text("last_used_route"),
    lastUsedAddress: text("last_used_address"),
    /** The token that takes its place; both work until this one's `expiresAt`. */
    replacedBy: uuid("replaced_by"),
  },
  (table) => [
    uniqueIndex("tokens_hash").on(table.hash),
    index("tokens_user").on(table.tenantId, table.userId, table.createdAt),
  ],
)
