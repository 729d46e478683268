import { z } from "zod"

import type { AgentTool, StepPart } from "#lib/models/step.ts"

/** A tool whose runs the test counts and may hold. */
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
