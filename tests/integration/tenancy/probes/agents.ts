import { expect } from "vitest"

import {
  insertAgent,
  listAgentSettings,
  updateAgent,
  type NewAgentRow,
} from "#db/queries/agents.ts"
import { listAgents } from "#db/queries/agents.ts"
import { newId } from "#lib/ids.ts"

import { actorOf, move, type Probes } from "../probe.ts"

const agent = (slug: string): NewAgentRow => ({
  id: newId(),
  slug,
  displayName: slug,
  description: "",
  instructions: "",
  model: null,
  tools: null,
  isDefault: false,
})

export const agentProbes: Probes = {
  "lists of agents are limited to the tenant": async ({ db, ours }) => {
    const own = [ours.agentId, ours.spareAgentId]
    expect((await listAgents(db, ours.tenantId)).map(({ id }) => id)).toEqual(own)
    expect((await listAgentSettings(db, ours.tenantId)).map(({ id }) => id)).toEqual(own)
  },

  "a slug is taken only in its tenant": async ({ db, ours, theirs }) => {
    const actor = actorOf(ours)
    const theirSlug = await insertAgent(db, actor, agent(`${theirs.name}-helper`), newId)
    expect(theirSlug.state).toBe("written")
    const ownSlug = await insertAgent(db, actor, agent(`${ours.name}-helper`), newId)
    expect(ownSlug.state).toBe("slug_taken")
  },

  "an agent of another tenant is not changed": async ({ db, ours, theirs }) => {
    const change = { displayName: "Changed" }
    const foreign = await updateAgent(db, actorOf(ours), theirs.agentId, change, newId)
    expect(foreign.state).toBe("not_found")
    const own = await updateAgent(db, actorOf(ours), ours.agentId, change, newId)
    expect(own).toMatchObject({ state: "written", agent: { displayName: "Changed" } })
  },

  "an agent moved meanwhile is not changed": async (context) => {
    const { db, sql, ours } = context
    context.before("update agents set display_name", move(context, "agents", ours.spareAgentId))
    await updateAgent(db, actorOf(ours), ours.spareAgentId, { displayName: "Changed" }, newId)
    expect(await sql`select 1 from agents where display_name = 'Changed'`).toHaveLength(0)
  },

  "a tenant has its own default agent": async ({ db, sql, ours, theirs }) => {
    await updateAgent(db, actorOf(ours), ours.spareAgentId, { isDefault: true }, newId)
    const rows = await sql<{ id: string }[]>`
      select id from agents where is_default
        and tenant_id = any (${[ours.tenantId, theirs.tenantId]}::uuid[])`
    expect(rows.map(({ id }) => id).toSorted()).toEqual(
      [ours.spareAgentId, theirs.agentId].toSorted(),
    )
  },

  "an agent moved meanwhile does not become the default": async (context) => {
    const { db, sql, ours } = context
    const { spareAgentId: id } = ours
    context.before(
      "update agents set is_default = $1 where (agents.id",
      move(context, "agents", id),
    )
    await updateAgent(db, actorOf(ours), id, { isDefault: true }, newId)
    expect(await sql`select 1 from agents where id = ${id} and is_default`).toHaveLength(0)
  },

  "changes to one tenant's agents do not block another's": async (context) => {
    const { db, outside, ours, theirs } = context
    await insertAgent(db, actorOf(ours), agent("another"), newId)
    const free = await outside`
      select 1 from tenants where id = ${theirs.tenantId} for no key update skip locked`
    expect(free).toHaveLength(1)
  },
}
