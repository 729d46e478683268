import { env } from "#lib/env.ts"

import type { AgentTool } from "../step.ts"
import { calculate } from "./calculate.ts"
import { createCountVisit } from "./count-visit.ts"
import { currentTime } from "./current-time.ts"
import { readAttachment } from "./read-attachment.ts"
import { searchDocs } from "./search-docs.ts"

const builtIn: readonly AgentTool[] = [searchDocs, calculate, currentTime, readAttachment]

/**
 * The tools an agent may call.
 * @param agentTools names from the agent's row; null = all; unknown names are left out
 * @param testToolUrl where `count_visit` posts; without it that tool does not exist
 */
export function toolsFor(
  agentTools: readonly string[] | null,
  testToolUrl: string | undefined = env().STUDIO_TEST_TOOL_URL,
): AgentTool[] {
  const all =
    testToolUrl === undefined ? builtIn : [...builtIn, createCountVisit(new URL(testToolUrl))]
  return all.filter((tool) => agentTools === null || agentTools.includes(tool.name))
}
