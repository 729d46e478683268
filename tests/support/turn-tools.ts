import { z } from "zod"

import type { AgentTool, StepPart } from "#lib/models/step.ts"

/** A tool that counts its runs and that the test can block. */
export function countingTool(scope: "read" | "write", run: AgentTool["run"]): AgentTool {
  return {
    name: `${scope}_tool`,
    description: "Counts.",
    scope,
    inputSchema: z.object({}),
    summarizeArgs: () => "count",
    run,
  }
}

export const callTool = (id: string, name: string): StepPart => ({
  type: "tool_call",
  id,
  name,
  args: {},
})
