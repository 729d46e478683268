import { setTimeout as sleep } from "node:timers/promises"

import { z } from "zod"

import type { AgentTool } from "../step.ts"
import { defineTool } from "./define-tool.ts"

const inputSchema = z.object({
  note: z.string().max(1000).optional().describe("Sent along with the visit."),
  delay_ms: z
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe("How long the tool goes on after the visit was counted."),
})

/**
 * A tool with a side effect outside the process: fault tests count there how often it really ran.
 * @param url checked by the environment to be of this machine
 */
export function createCountVisit(url: URL): AgentTool {
  return defineTool({
    name: "count_visit",
    description: "Counts one visit. Has a side effect: call it once.",
    scope: "write",
    inputSchema,
    summarizeArgs: ({ note }) => `Count one visit${note === undefined ? "" : `: ${note}`}`,
    async run({ note, delay_ms }, { signal, conversationId }) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ conversation_id: conversationId, note: note ?? null }),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      })
      const answer = (await response.text()).slice(0, 1000)
      if (!response.ok) throw new Error(`The counter answered ${response.status}.`)
      if (delay_ms > 0) await sleep(delay_ms, undefined, { signal })
      return { summary: "Counted one visit", result: { counted: true, answer } }
    },
  })
}
