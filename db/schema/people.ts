import { bigint, boolean, check, index, pgTable, sql, text, uniqueIndex, uuid } from "../drizzle.ts"
import { moment } from "./columns.ts"

export type Role = "owner" | "admin" | "member"

export const tenants = pgTable("tenants", {
  id: uuid("id").primaryKey(),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  /** Tokens of models a calendar month (UTC) may cost; null = no limit. */
  monthlyTokenLimit: bigint("monthly_token_limit", { mode: "number" }),
  createdAt: moment("created_at").notNull().defaultNow(),
})

/** People. Sign-in (better-auth) owns the columns up to `updatedAt`; one user belongs to one tenant. */
export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    email: text("email").notNull().unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    image: text("image"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    role: text("role").$type<Role>().notNull().default("member"),
    disabledAt: moment("disabled_at"),
    /** Noted once a minute, by sessions and tokens; outlives both. */
    lastActiveAt: moment("last_active_at"),
    /** IANA name, as their browser last said; null = never said. */
    timeZone: text("time_zone"),
    /** When their erasure began; the row is deleted at its end. */
    erasedAt: moment("erased_at"),
  },
  (table) => [
    // The admin's list, read backwards.
    index("users_tenant").on(table.tenantId, table.createdAt, table.id),
    // The work list of erasures.
    index("users_erased")
      .on(table.erasedAt)
      .where(sql`${table.erasedAt} is not null`),
    check("users_role", sql`${table.role} in ('owner', 'admin', 'member')`),
  ],
)

export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    token: text("token").notNull(),
    expiresAt: moment("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    /** The person asked to stay signed in: it ends after 30 days without use, not after 12 hours. */
    isKept: boolean("is_kept").notNull().default(false),
    /** Ended by disabling its person; the row stays so that open pages can be told why. */
    isEnded: boolean("is_ended").notNull().default(false),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("sessions_token").on(table.token),
    index("sessions_user").on(table.userId),
  ],
)

/** A way to sign in: for e-mail and password `providerId` is `credential`. */
export const accounts = pgTable(
  "accounts",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: moment("access_token_expires_at"),
    refreshTokenExpiresAt: moment("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [index("accounts_user").on(table.userId)],
)

export const verifications = pgTable("verifications", {
  id: uuid("id").primaryKey(),
  identifier: text("identifier").notNull(),
  value: text("value").notNull(),
  expiresAt: moment("expires_at").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  updatedAt: moment("updated_at").notNull().defaultNow(),
})

/** Secrets and facts of the installation itself, made once. */
export const installation = pgTable("installation", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
})
