import {
  insertAgent,
  updateAgent,
  type AgentChange,
  type AgentOutcome,
} from "#db/queries/agent-writes.ts"
import { toAgentSettings } from "#lib/agents/agent-details.ts"
import { AppError, invalidField, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"
import { agentSettings, changeAgentBody, createAgentBody } from "#lib/protocol/agents.ts"
import type { Runtime } from "#lib/runtime.ts"

import { auditActor } from "../audit-actor.ts"
import { jsonReply, type Reply } from "../reply.ts"
import { route } from "../route.ts"
import { namedId } from "./conversation-access.ts"

export const create = route({
  method: "POST",
  path: "/v1/agents",
  summary: "Make an agent",
  scope: "admin",
  body: createAgentBody,
  replies: { 201: { description: "The new agent.", shape: agentSettings } },
  async run({ call, runtime, principal, body }) {
    checkModel(runtime, body.model)
    const agent = {
      id: newId(runtime.clock.now()),
      slug: body.slug,
      displayName: body.display_name.trim(),
      description: body.description?.trim() ?? "",
      instructions: body.instructions ?? "",
      model: body.model ?? null,
      tools: toTools(body.tools) ?? null,
      isDefault: body.is_default ?? false,
    }
    const outcome = await insertAgent(runtime.db, auditActor(call, principal), agent, () => newId())
    return reply(201, outcome)
  },
})

export const change = route({
  method: "PATCH",
  path: "/v1/agents/{id}",
  summary: "Change an agent; turns that run keep what they began with",
  scope: "admin",
  body: changeAgentBody,
  replies: { 200: { description: "The agent now.", shape: agentSettings } },
  failures: ["not_found", "agent_is_default", "agent_disabled"],
  async run({ call, runtime, principal, params, body }) {
    checkModel(runtime, body.model)
    const tools = toTools(body.tools)
    const changes: AgentChange = {
      ...(body.display_name === undefined ? {} : { displayName: body.display_name.trim() }),
      ...(body.description === undefined ? {} : { description: body.description.trim() }),
      ...(body.instructions === undefined ? {} : { instructions: body.instructions }),
      ...(body.model === undefined ? {} : { model: body.model }),
      ...(tools === undefined ? {} : { tools }),
      ...(body.status === undefined ? {} : { status: body.status }),
      ...(body.is_default === undefined ? {} : { isDefault: body.is_default }),
    }
    const actor = auditActor(call, principal)
    const id = namedId(params, "id")
    return reply(200, await updateAgent(runtime.db, actor, id, changes, () => newId()))
  },
})

function reply(status: number, outcome: AgentOutcome): Reply {
  switch (outcome.state) {
    case "written":
      return jsonReply(status, toAgentSettings(outcome.agent))
    case "not_found":
      throw notFound()
    case "slug_taken":
      throw invalidField("slug", "`slug` is taken by another agent.")
    case "is_default":
      throw new AppError(
        "agent_is_default",
        "This is the default agent. Make another one the default first.",
      )
    case "is_disabled":
      throw new AppError(
        "agent_disabled",
        "A disabled agent cannot be the default. Enable it first.",
      )
  }
}

function checkModel(runtime: Runtime, model: string | null | undefined): void {
  const fault = model == null ? null : runtime.models.findFault(model)
  if (fault !== null) throw invalidField("model", fault)
}

function toTools(names: string[] | null | undefined): string[] | null | undefined {
  if (names == null) return names
  const known = new Set(toolsFor(null).map((tool) => tool.name))
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return [...new Set(names)]
  throw invalidField("tools", `\`tools\` must be of ${[...known].join(", ")}.`)
}
