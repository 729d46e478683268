import type { TransactionSql } from "postgres"

import type { Database } from "../client.ts"
import { and, asc, desc, eq } from "../drizzle.ts"
import { inTenant, isTenant } from "../in-tenant.ts"
import { query } from "../query.ts"
import { agents } from "../schema/agents.ts"
import { tenants } from "../schema/people.ts"
import { insertAudit, type AuditActor, type AuditRecord } from "./audit.ts"

/** What everyone is shown of an agent. */
const shown = {
  id: agents.id,
  slug: agents.slug,
  displayName: agents.displayName,
  description: agents.description,
  avatarUrl: agents.avatarUrl,
  model: agents.model,
  status: agents.status,
  isDefault: agents.isDefault,
}
const settings = { ...shown, instructions: agents.instructions, tools: agents.tools }

type Columns = typeof agents.$inferSelect

export type AgentRow = Pick<Columns, keyof typeof shown>

export type AgentSettingsRow = Pick<Columns, keyof typeof settings>

export interface NewAgentRow {
  id: string
  slug: string
  displayName: string
  description: string
  instructions: string
  model: string | null
  tools: string[] | null
  isDefault: boolean
}

/** What a change leaves out stays as it is. */
export interface AgentChange {
  displayName?: string
  description?: string
  instructions?: string
  model?: string | null
  tools?: string[] | null
  status?: "active" | "disabled"
  isDefault?: true
}

export type AgentOutcome =
  | { state: "written"; agent: AgentSettingsRow }
  | { state: "not_found" | "slug_taken" | "is_default" | "is_disabled" }

const agentsMax = 1_000

/** The agents of a tenant: the default first, then by slug. */
export async function listAgents(db: Database, tenantId: string): Promise<AgentRow[]> {
  return await query(db)
    .select(shown)
    .from(agents)
    .where(inTenant(agents, tenantId))
    .orderBy(desc(agents.isDefault), asc(agents.slug))
    .limit(agentsMax)
}

/** The same, with their instructions. */
export async function listAgentSettings(
  db: Database,
  tenantId: string,
): Promise<AgentSettingsRow[]> {
  return await query(db)
    .select(settings)
    .from(agents)
    .where(inTenant(agents, tenantId))
    .orderBy(desc(agents.isDefault), asc(agents.slug))
    .limit(agentsMax)
}

/** Makes an agent, and its record, unless the tenant has one of that slug. */
export async function insertAgent(
  db: Database,
  actor: AuditActor,
  agent: NewAgentRow,
  newRecordId: () => string,
): Promise<AgentOutcome> {
  const { tenantId } = actor
  return await db.$client.begin(async (tx): Promise<AgentOutcome> => {
    await lockAgents(tx, tenantId)
    const taken = await query(tx)
      .select({ id: agents.id })
      .from(agents)
      .where(and(inTenant(agents, tenantId), eq(agents.slug, agent.slug)))
    if (taken.length > 0) return { state: "slug_taken" }
    // Another may be the default still.
    await query(tx)
      .insert(agents)
      .values({ ...agent, isDefault: false, tenantId })
    const target = { targetKind: "agent", targetId: agent.id }
    const detail = { slug: agent.slug, model: agent.model, tools: agent.tools }
    await insertAudit(tx, actor, { id: newRecordId(), action: "agent.created", ...target, detail })
    if (agent.isDefault) await makeDefault(tx, actor, agent.id, newRecordId)
    return await written(tx, tenantId, agent.id)
  })
}

/**
 * Changes an agent, with a record for each kind of change; turns that run keep what they began with.
 * The default agent cannot be disabled, nor a disabled one become the default.
 */
export async function updateAgent(
  db: Database,
  actor: AuditActor,
  agentId: string,
  change: AgentChange,
  newRecordId: () => string,
): Promise<AgentOutcome> {
  const { tenantId } = actor
  return await db.$client.begin(async (tx): Promise<AgentOutcome> => {
    await lockAgents(tx, tenantId)
    const before = await readAgent(tx, tenantId, agentId)
    if (before === null) return { state: "not_found" }
    const after = { ...before, ...change }
    if (before.isDefault && after.status === "disabled") return { state: "is_default" }
    if (change.isDefault && after.status === "disabled") return { state: "is_disabled" }
    await query(tx)
      .update(agents)
      .set({
        displayName: after.displayName,
        description: after.description,
        instructions: after.instructions,
        model: after.model,
        tools: after.tools,
        status: after.status,
      })
      .where(and(eq(agents.id, agentId), inTenant(agents, tenantId)))
    for (const record of recordsOf(before, after)) {
      await insertAudit(tx, actor, { id: newRecordId(), ...record })
    }
    if (change.isDefault && !before.isDefault) await makeDefault(tx, actor, agentId, newRecordId)
    return await written(tx, tenantId, agentId)
  })
}

/** Changes of one tenant's agents come one after the other. */
async function lockAgents(tx: TransactionSql, tenantId: string): Promise<void> {
  await query(tx)
    .select({ id: tenants.id })
    .from(tenants)
    .where(isTenant(tenantId))
    .for("no key update")
}

async function readAgent(
  tx: TransactionSql,
  tenantId: string,
  agentId: string,
): Promise<AgentSettingsRow | null> {
  const [row] = await query(tx)
    .select(settings)
    .from(agents)
    .where(and(eq(agents.id, agentId), inTenant(agents, tenantId)))
  return row ?? null
}

async function written(
  tx: TransactionSql,
  tenantId: string,
  agentId: string,
): Promise<AgentOutcome> {
  const agent = await readAgent(tx, tenantId, agentId)
  return agent === null ? { state: "not_found" } : { state: "written", agent }
}

async function makeDefault(
  tx: TransactionSql,
  actor: AuditActor,
  agentId: string,
  newRecordId: () => string,
): Promise<void> {
  const { tenantId } = actor
  const [former] = await query(tx)
    .update(agents)
    .set({ isDefault: false })
    .where(and(inTenant(agents, tenantId), eq(agents.isDefault, true)))
    .returning({ id: agents.id })
  await query(tx)
    .update(agents)
    .set({ isDefault: true })
    .where(and(eq(agents.id, agentId), inTenant(agents, tenantId)))
  await insertAudit(tx, actor, {
    id: newRecordId(),
    action: "agent.default_changed",
    targetKind: "agent",
    targetId: agentId,
    detail: { from: former?.id ?? null },
  })
}

const plainFields = ["displayName", "description", "model", "tools"] as const

/** Small settings with what they were and are; of instructions only that they changed. */
function recordsOf(before: AgentSettingsRow, after: AgentSettingsRow): Omit<AuditRecord, "id">[] {
  const target = { targetKind: "agent", targetId: before.id }
  const changed: Record<string, unknown> = {}
  for (const field of plainFields) {
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue
    changed[field] = { from: before[field], to: after[field] }
  }
  if (before.instructions !== after.instructions) changed["instructions"] = "changed"
  const records: Omit<AuditRecord, "id">[] = []
  if (Object.keys(changed).length > 0) {
    records.push({ action: "agent.changed", ...target, detail: changed })
  }
  if (before.status !== after.status) {
    const action = after.status === "disabled" ? "agent.disabled" : "agent.enabled"
    records.push({ action, ...target })
  }
  return records
}
