import type { z } from "zod"

import { updateAgent, type AgentChange } from "#db/queries/agents.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"
import { newId } from "#lib/ids.ts"
import type { AgentSettings, changeAgentBody } from "#lib/protocol/agents.ts"

import { checkModel, settingsOf, toTools, type AgentContext } from "./agent-rules.ts"

/**
 * Changes an agent and records it; running turns keep the settings they started with.
 * @param input fields left out stay unchanged
 * @throws AppError not_found, invalid_field, agent_is_default, agent_disabled
 */
export async function changeAgent(
  context: AgentContext,
  principal: Principal,
  { id, ...input }: z.output<typeof changeAgentBody> & { id: string },
): Promise<AgentSettings> {
  checkModel(context, input.model)
  const tools = toTools(context, input.tools)
  const change: AgentChange = {
    ...(input.display_name === undefined ? {} : { displayName: input.display_name.trim() }),
    ...(input.description === undefined ? {} : { description: input.description.trim() }),
    ...(input.instructions === undefined ? {} : { instructions: input.instructions }),
    ...(input.model === undefined ? {} : { model: input.model }),
    ...(tools === undefined ? {} : { tools }),
    ...(input.status === undefined ? {} : { status: input.status }),
    ...(input.is_default === undefined ? {} : { isDefault: input.is_default }),
  }
  const actor = actorOf(context, principal)
  return settingsOf(await updateAgent(context.db, actor, id, change, () => newId()))
}
