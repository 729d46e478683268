import { z } from "zod"

import { limits } from "./limits.ts"
import { isBlank, storableText } from "./texts.ts"

/** An agent as it appears beside a conversation. */
export const agentSummary = z.object({
  id: z.uuid(),
  slug: z.string(),
  display_name: z.string(),
  avatar_url: z.string().optional(),
})
export type AgentSummary = z.infer<typeof agentSummary>

const agentDetails = z.object({
  ...agentSummary.shape,
  description: z.string(),
  model: z.string().nullable().describe("`provider/name`; null = the installation's default"),
  status: z.enum(["active", "disabled"]),
  is_default: z.boolean(),
})
export type AgentDetails = z.infer<typeof agentDetails>

export const agentList = z.object({ agents: z.array(agentDetails) })

export const modelList = z.object({
  models: z.array(z.object({ id: z.string(), provider: z.string(), is_default: z.boolean() })),
  default_model: z.string(),
})
export type ModelList = z.infer<typeof modelList>

/** An agent with its administrator-only fields. */
export const agentSettings = z.object({
  ...agentDetails.shape,
  instructions: z.string(),
  tools: z.array(z.string()).nullable().describe("Names of the tools it may call; null = all."),
})
export type AgentSettings = z.infer<typeof agentSettings>

const filled = (charactersMax: number) =>
  storableText(charactersMax).refine((text) => !isBlank(text), "must not be blank")

const settings = {
  display_name: filled(limits.agentNameCharactersMax),
  description: storableText(limits.agentDescriptionCharactersMax),
  instructions: storableText(limits.agentInstructionsCharactersMax),
  model: z
    .string()
    .max(200)
    .nullable()
    .describe(
      "`provider/name` of a connected provider, as in `GET /v1/models`, or `guide`; null = the installation's default.",
    ),
  tools: z
    .array(z.string().max(64))
    .max(100)
    .nullable()
    .describe("Names of the tools it may call; null = all."),
  is_default: z.literal(true).describe("Takes the place of the default agent there is."),
}

export const createAgentBody = z.object({
  slug: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/,
      "must be 1 to 64 small letters, digits and hyphens",
    )
    .describe("Names it in the API; unique in the tenant, and stays."),
  display_name: settings.display_name,
  description: settings.description.optional(),
  instructions: settings.instructions.optional(),
  model: settings.model.optional(),
  tools: settings.tools.optional(),
  is_default: settings.is_default.optional(),
})

export const changeAgentBody = z.object({
  display_name: settings.display_name.optional(),
  description: settings.description.optional(),
  instructions: settings.instructions.optional(),
  model: settings.model.optional(),
  tools: settings.tools.optional(),
  is_default: settings.is_default.optional(),
  status: z.enum(["active", "disabled"]).optional(),
})
