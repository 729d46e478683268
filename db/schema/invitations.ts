import { check, index, pgTable, sql, text, uniqueIndex, uuid } from "../drizzle.ts"
import { bytea, moment } from "./columns.ts"
import { tenants, users, type Role } from "./people.ts"

/** Links by which people join a tenant: never the secret of the link, only its SHA-256. */
export const invitations = pgTable(
  "invitations",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    email: text("email").notNull(),
    role: text("role").$type<Role>().notNull().default("member"),
    hash: bytea("hash").notNull(),
    /** Null = the installation itself, for the owner of a new tenant. */
    invitedBy: uuid("invited_by").references(() => users.id),
    createdAt: moment("created_at").notNull().defaultNow(),
    expiresAt: moment("expires_at").notNull(),
    acceptedAt: moment("accepted_at"),
    acceptedBy: uuid("accepted_by").references(() => users.id),
    revokedAt: moment("revoked_at"),
  },
  (table) => [
    uniqueIndex("invitations_hash").on(table.hash),
    // The admin's list, read backwards.
    index("invitations_tenant").on(table.tenantId, table.createdAt, table.id),
    check("invitations_role", sql`${table.role} in ('owner', 'admin', 'member')`),
  ],
)
