import { boolean, check, pgTable, sql, text, uniqueIndex, uuid } from "../drizzle.ts"
import { moment } from "./columns.ts"
import { tenants } from "./people.ts"

export const agents = pgTable(
  "agents",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id")
      .notNull()
      .references(() => tenants.id),
    slug: text("slug").notNull(),
    displayName: text("display_name").notNull(),
    description: text("description").notNull().default(""),
    avatarUrl: text("avatar_url"),
    instructions: text("instructions").notNull().default(""),
    /** `provider/name`, `guide`, or null for the installation's default. */
    model: text("model"),
    /** Names of the tools it may call; null = all. */
    tools: text("tools").array(),
    status: text("status").$type<"active" | "disabled">().notNull().default("active"),
    isDefault: boolean("is_default").notNull().default(false),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("agents_slug").on(table.tenantId, table.slug),
    uniqueIndex("agents_default")
      .on(table.tenantId)
      .where(sql`${table.isDefault}`),
    check("agents_status", sql`${table.status} in ('active', 'disabled')`),
  ],
)
