import type { z } from "zod"

import type { AgentTool, ToolContext, ToolOutcome } from "../step.ts"

interface TypedTool<Schema extends z.ZodType> {
  name: string
  description: string
  scope: "read" | "write"
  inputSchema: Schema
  summarizeArgs(args: z.output<Schema>): string
  run(args: z.output<Schema>, context: ToolContext): Promise<ToolOutcome>
}

/** A tool whose functions get their arguments typed, and checked again where they are used. */
export function defineTool<Schema extends z.ZodType>(tool: TypedTool<Schema>): AgentTool {
  return {
    name: tool.name,
    description: tool.description,
    scope: tool.scope,
    inputSchema: tool.inputSchema,
    summarizeArgs: (args) => oneLine(tool.summarizeArgs(tool.inputSchema.parse(args))),
    run: async (args, context) => {
      const outcome = await tool.run(tool.inputSchema.parse(args), context)
      return { ...outcome, summary: oneLine(outcome.summary) }
    },
  }
}

/** One line of at most 120 characters, for people. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line
}
