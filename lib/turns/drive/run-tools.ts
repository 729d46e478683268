import { createHash } from "node:crypto"

import type { TurnLog } from "#lib/journal/turn-log.ts"
import { wellFormedJson, wellFormedText } from "#lib/journal/well-formed.ts"
import type {
  AgentTool,
  HistoryToolCall,
  HistoryToolResult,
  ToolContext,
} from "#lib/models/step.ts"

import { isLeft } from "./drive.ts"

const summaryCharactersMax = 300
/** A tool that does not answer this long after Stop is left behind. */
const abortGraceMs = 500

/** A call the model made, as the driver journals and runs it. */
export interface ToolCall extends HistoryToolCall {
  /** Why the arguments are not usable, if so. */
  invalid?: string
}

/** Journals a call; it runs only after this is committed. */
export function logToolCall(log: TurnLog, tools: readonly AgentTool[], call: ToolCall): void {
  const tool = tools.find((candidate) => candidate.name === call.name)
  const argsJson = wellFormedJson(call.args)
  log.append(
    "tool_call",
    {
      id: call.id,
      name: call.name,
      scope: tool?.scope ?? "read",
      args_summary: bounded(summaryOf(tool, call, argsJson)),
      args_digest: createHash("sha256").update(argsJson).digest("hex"),
    },
    { args: call.args },
  )
}

/**
 * Runs calls side by side and journals each result as it comes: a failure is a result the model
 * sees, a stopped call ends as `interrupted`.
 * @throws when the turn is or becomes another attempt's: that one decides about calls without result
 */
export async function runTools(
  log: TurnLog,
  tools: readonly AgentTool[],
  calls: readonly ToolCall[],
  context: ToolContext,
): Promise<HistoryToolResult[]> {
  return await Promise.all(
    calls.map(async (call) => {
      const { isError, summary, result } = await runOne(tools, call, context)
      if (isError && isLeft(context.signal)) throw context.signal.reason
      logToolResult(log, call.id, { isError, summary, result })
      return { id: call.id, name: call.name, isError, result }
    }),
  )
}

export function logToolResult(
  log: TurnLog,
  id: string,
  outcome: { isError: boolean; summary: string; result: unknown },
): void {
  log.append(
    "tool_result",
    { id, is_error: outcome.isError, summary: bounded(outcome.summary) },
    { result: outcome.result },
  )
}

interface ToolEnding {
  isError: boolean
  summary: string
  result: unknown
}

const interrupted: ToolEnding = {
  isError: true,
  summary: "interrupted",
  result: "interrupted: this turn was stopped",
}

async function runOne(
  tools: readonly AgentTool[],
  call: ToolCall,
  context: ToolContext,
): Promise<ToolEnding> {
  if (context.signal.aborted) return interrupted
  if (call.invalid !== undefined) return failed(`The arguments are not usable: ${call.invalid}`)
  const tool = tools.find((candidate) => candidate.name === call.name)
  if (tool === undefined) return failed(`There is no tool named ${call.name}.`)
  const running = tool.run(call.args, context).then(
    (outcome): ToolEnding => ({ isError: false, ...outcome }),
    (error: unknown): ToolEnding =>
      context.signal.aborted
        ? interrupted
        : failed(error instanceof Error ? error.message : "The tool failed."),
  )
  return await Promise.race([running, graceAfterAbort(context.signal)])
}

function graceAfterAbort(signal: AbortSignal): Promise<ToolEnding> {
  return new Promise((resolve) => {
    const leave = () => setTimeout(() => resolve(interrupted), abortGraceMs).unref()
    if (signal.aborted) leave()
    else signal.addEventListener("abort", leave, { once: true })
  })
}

function failed(message: string): ToolEnding {
  return { isError: true, summary: message, result: message }
}

function summaryOf(tool: AgentTool | undefined, call: ToolCall, argsJson: string): string {
  if (tool === undefined || call.invalid !== undefined) return argsJson
  try {
    return tool.summarizeArgs(call.args)
  } catch {
    // A summary is for show: arguments no tool understands are shown as they are.
    return argsJson
  }
}

function bounded(text: string): string {
  const line = wellFormedText(text).replace(/\s+/g, " ").trim()
  return line.length <= summaryCharactersMax
    ? line
    : `${line.slice(0, summaryCharactersMax).toWellFormed()}…`
}
