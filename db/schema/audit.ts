import { bigint, index, pgTable, sql, text, uniqueIndex, uuid } from "../drizzle.ts"
import { bytea, jsonText, moment } from "./columns.ts"

/**
 * Who did what, written in the transaction of what it records. `seq`, `prevHash` and `hash` come
 * later, from the one sealer that chains a tenant's rows. No foreign keys: a record outlives what it
 * names.
 */
export const audit = pgTable(
  "audit",
  {
    id: uuid("id").primaryKey(),
    tenantId: uuid("tenant_id").notNull(),
    at: moment("at")
      .notNull()
      .default(sql`clock_timestamp()`),
    /** Null = the installation itself (a script, housekeeping). */
    actorId: uuid("actor_id"),
    credentialKind: text("credential_kind"),
    credentialId: uuid("credential_id"),
    action: text("action").notNull(),
    targetKind: text("target_kind"),
    targetId: text("target_id"),
    /** Whose it was: the owner of a conversation that was read, the holder of a role that changed. */
    subjectId: uuid("subject_id"),
    /** What changed, as JSON; never a secret, never a message. */
    detail: jsonText("detail").notNull().default("{}"),
    requestId: uuid("request_id"),
    address: text("address"),
    seq: bigint("seq", { mode: "number" }),
    prevHash: bytea("prev_hash"),
    hash: bytea("hash"),
  },
  (table) => [
    // The chain: verification, and the last seq of the sealer.
    uniqueIndex("audit_chain").on(table.tenantId, table.seq),
    // The sealer's work list.
    index("audit_unsealed")
      .on(table.tenantId, table.at, table.id)
      .where(sql`${table.seq} is null`),
    // The list, read backwards; by person; by action.
    index("audit_recent").on(table.tenantId, table.at, table.id),
    index("audit_actor").on(table.tenantId, table.actorId, table.at, table.id),
    index("audit_action").on(table.tenantId, table.action, table.at, table.id),
    // What happened to a thing; whether this reading has its record already.
    index("audit_target").on(table.tenantId, table.targetId, table.at, table.id),
    // What others did with what is somebody's.
    index("audit_subject")
      .on(table.tenantId, table.subjectId, table.at, table.id)
      .where(sql`${table.subjectId} is not null`),
  ],
)

/**
 * How long each tenant's chain is and how it ends, signed: rows cut off its end are missed by this.
 * Written with every seal.
 */
export const auditHeads = pgTable("audit_heads", {
  tenantId: uuid("tenant_id").primaryKey(),
  seq: bigint("seq", { mode: "number" }).notNull(),
  hash: bytea("hash").notNull(),
  /** HMAC-SHA256 over tenant, seq and hash by the installation's audit secret. */
  mac: bytea("mac").notNull(),
  sealedAt: moment("sealed_at").notNull().defaultNow(),
})
