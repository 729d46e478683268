import type { TransactionSql } from "postgres"

import type { Database, Sql } from "../client.ts"
import type { AgentRow } from "./agents.ts"
import { insertAudit, type AuditActor, type AuditRecord } from "./audit.ts"

export interface AgentSettingsRow extends AgentRow {
  instructions: string
  tools: string[] | null
}

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

/** The agents of a tenant with their instructions: the default first, then by slug. */
export async function listAgentSettings(
  db: Database,
  tenantId: string,
): Promise<AgentSettingsRow[]> {
  const sql = db.$client
  return await sql<AgentSettingsRow[]>`
    select ${settingsColumns(sql)} from agents where tenant_id = ${tenantId}
    order by is_default desc, slug limit ${agentsMax}`
}

function settingsColumns(sql: Sql | TransactionSql) {
  return sql`id, slug, display_name, description, avatar_url, model,
    status, is_default, instructions, tools`
}

/** Makes an agent, and its record, unless the tenant has one of that slug. */
export async function insertAgent(
  db: Database,
  actor: AuditActor,
  agent: NewAgentRow,
  newRecordId: () => string,
): Promise<AgentOutcome> {
  const { tenantId } = actor
  return await db.$client.begin(async (sql): Promise<AgentOutcome> => {
    await lockAgents(sql, tenantId)
    const taken = await sql`
      select 1 from agents where tenant_id = ${tenantId} and slug = ${agent.slug}`
    if (taken.length > 0) return { state: "slug_taken" }
    await sql`
      insert into agents (id, tenant_id, slug, display_name, description, instructions, model, tools)
      values (${agent.id}, ${tenantId}, ${agent.slug}, ${agent.displayName}, ${agent.description},
        ${agent.instructions}, ${agent.model}, ${agent.tools})`
    const target = { targetKind: "agent", targetId: agent.id }
    const detail = { slug: agent.slug, model: agent.model, tools: agent.tools }
    await insertAudit(sql, actor, { id: newRecordId(), action: "agent.created", ...target, detail })
    if (agent.isDefault) await makeDefault(sql, actor, agent.id, newRecordId)
    return await written(sql, tenantId, agent.id)
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
  return await db.$client.begin(async (sql): Promise<AgentOutcome> => {
    await lockAgents(sql, tenantId)
    const before = await readAgent(sql, tenantId, agentId)
    if (before === null) return { state: "not_found" }
    const after = { ...before, ...change }
    if (before.isDefault && after.status === "disabled") return { state: "is_default" }
    if (change.isDefault && after.status === "disabled") return { state: "is_disabled" }
    await sql`
      update agents set display_name = ${after.displayName}, description = ${after.description},
        instructions = ${after.instructions}, model = ${after.model}, tools = ${after.tools},
        status = ${after.status}
      where id = ${agentId} and tenant_id = ${tenantId}`
    for (const record of recordsOf(before, after)) {
      await insertAudit(sql, actor, { id: newRecordId(), ...record })
    }
    if (change.isDefault && !before.isDefault) await makeDefault(sql, actor, agentId, newRecordId)
    return await written(sql, tenantId, agentId)
  })
}

/** Changes of one tenant's agents come one after the other. */
async function lockAgents(sql: TransactionSql, tenantId: string): Promise<void> {
  await sql`select 1 from tenants where id = ${tenantId} for no key update`
}

async function readAgent(
  sql: TransactionSql,
  tenantId: string,
  agentId: string,
): Promise<AgentSettingsRow | null> {
  const [row] = await sql<AgentSettingsRow[]>`
    select ${settingsColumns(sql)} from agents where id = ${agentId} and tenant_id = ${tenantId}`
  return row ?? null
}

async function written(
  sql: TransactionSql,
  tenantId: string,
  agentId: string,
): Promise<AgentOutcome> {
  const agent = await readAgent(sql, tenantId, agentId)
  return agent === null ? { state: "not_found" } : { state: "written", agent }
}

async function makeDefault(
  sql: TransactionSql,
  actor: AuditActor,
  agentId: string,
  newRecordId: () => string,
): Promise<void> {
  const { tenantId } = actor
  const [former] = await sql<{ id: string }[]>`
    update agents set is_default = false where tenant_id = ${tenantId} and is_default returning id`
  await sql`
    update agents set is_default = true where id = ${agentId} and tenant_id = ${tenantId}`
  await insertAudit(sql, actor, {
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
