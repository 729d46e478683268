import type { z } from "zod"

import { insertAgent } from "#db/queries/agents.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"
import { newId } from "#lib/ids.ts"
import type { AgentSettings, createAgentBody } from "#lib/protocol/agents.ts"

import { checkModel, settingsOf, toTools, type AgentContext } from "./agent-rules.ts"

/**
 * Creates an agent and its audit record.
 * @throws AppError invalid_field
 */
export async function createAgent(
  context: AgentContext,
  principal: Principal,
  input: z.output<typeof createAgentBody>,
): Promise<AgentSettings> {
  checkModel(context, input.model)
  const agent = {
    id: newId(),
    slug: input.slug,
    displayName: input.display_name.trim(),
    description: input.description?.trim() ?? "",
    instructions: input.instructions ?? "",
    model: input.model ?? null,
    tools: toTools(context, input.tools) ?? null,
    isDefault: input.is_default ?? false,
  }
  const actor = actorOf(context, principal)
  return settingsOf(await insertAgent(context.db, actor, agent, () => newId()))
}
