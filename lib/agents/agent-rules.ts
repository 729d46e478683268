import type { AgentOutcome } from "#db/queries/agents.ts"
import type { VerbContext } from "#lib/auth/principal.ts"
import { AppError, invalidField, notFound } from "#lib/errors.ts"
import type { AgentSettings } from "#lib/protocol/agents.ts"

import { toAgentSettings } from "./agent-details.ts"

export interface AgentContext extends VerbContext {
  models: {
    /** Why agents cannot use a model; null = they can. */
    findFault(model: string): string | null
  }
  /** Every tool an agent can have. */
  toolNames: readonly string[]
}

/** @throws AppError invalid_field */
export function checkModel({ models }: AgentContext, model: string | null | undefined): void {
  const fault = model == null ? null : models.findFault(model)
  if (fault !== null) throw invalidField("model", fault)
}

/**
 * The requested tools, without duplicates.
 * @throws AppError invalid_field
 */
export function toTools(
  { toolNames }: AgentContext,
  names: string[] | null | undefined,
): string[] | null | undefined {
  if (names == null) return names
  const isUnknown = names.some((name) => !toolNames.includes(name))
  if (!isUnknown) return [...new Set(names)]
  throw invalidField("tools", `\`tools\` must be of ${toolNames.join(", ")}.`)
}

/** @throws AppError not_found, invalid_field, agent_is_default, agent_disabled */
export function settingsOf(outcome: AgentOutcome): AgentSettings {
  switch (outcome.state) {
    case "written":
      return toAgentSettings(outcome.agent)
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
