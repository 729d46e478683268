import { z } from "zod"

/** An agent as it appears beside a conversation. */
export const agentSummary = z.object({
  id: z.uuid(),
  slug: z.string(),
  display_name: z.string(),
  avatar_url: z.string().optional(),
})
export type AgentSummary = z.infer<typeof agentSummary>

export const agentDetails = z.object({
  ...agentSummary.shape,
  description: z.string(),
  model: z.string().nullable().describe("`provider/name`; null = the installation's default"),
  status: z.enum(["active", "disabled"]),
  is_default: z.boolean(),
})
export type AgentDetails = z.infer<typeof agentDetails>

export const agentList = z.object({ agents: z.array(agentDetails) })
export type AgentList = z.infer<typeof agentList>

export const modelList = z.object({
  models: z.array(z.object({ id: z.string(), provider: z.string(), is_default: z.boolean() })),
  default_model: z.string(),
})
export type ModelList = z.infer<typeof modelList>
