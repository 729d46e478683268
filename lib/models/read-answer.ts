import type { LanguageModelV4StreamPart, LanguageModelV4ToolCall } from "@ai-sdk/provider"

import { newId } from "#lib/ids.ts"

import { gatherNotes } from "./provider-notes.ts"
import { type AgentTool, ModelError, type StepPart, type StepRequest } from "./step.ts"

/** How the answer is read, and what of it names its model. */
export interface AnswerSource {
  /** `provider/name`, or `guide`. */
  id: string
  /** The provider's name for people. */
  title: string
  request: StepRequest
  costOf(inputTokens: number | null, outputTokens: number | null): number | null
}

/** Turns a provider's parts into ours, one after the other. */
export function readAnswer(call: AnswerSource) {
  const notes = gatherNotes(call.id)
  const usedIds = new Set(
    call.request.history.flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : [],
    ),
  )
  let isFinished = false
  let hasCalls = false

  function* read(part: LanguageModelV4StreamPart): Generator<StepPart, void, undefined> {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest is the SDK's own
    switch (part.type) {
      case "text-delta":
        notes.text(part.delta.length)
        if (part.delta !== "") yield { type: "text", text: part.delta }
        return
      case "text-end":
        return notes.endText(part.providerMetadata)
      case "reasoning-start":
      case "reasoning-end":
        return notes.reasoning(part.id, "", part.providerMetadata)
      case "reasoning-delta":
        return notes.reasoning(part.id, part.delta, part.providerMetadata)
      case "tool-call": {
        const id = uniqueCallId(part.toolCallId, usedIds)
        notes.tool(id, part.toolCallId, part.providerMetadata)
        hasCalls = true
        yield { type: "tool_call", id, ...validateCall(part, call.request.tools) }
        return
      }
      case "finish":
        checkFinish(part, call.title)
        isFinished = true
        yield finishPart(part, call, hasCalls, notes.result())
        return
      case "error":
        throw part.error
      default:
        return
    }
  }
  return Object.assign(read, { isFinished: () => isFinished })
}

const usableId = /^[A-Za-z0-9_-]{1,64}$/

/** The vendor's id, unless it is one that this conversation has already seen or cannot carry. */
function uniqueCallId(vendorId: string, used: Set<string>): string {
  const id = usableId.test(vendorId) && !used.has(vendorId) ? vendorId : newId()
  used.add(id)
  return id
}

function validateCall(
  { toolName: name, input }: LanguageModelV4ToolCall,
  tools: readonly AgentTool[],
): { name: string; args: unknown; invalid?: string } {
  const args = parseArguments(input)
  const tool = tools.find((known) => known.name === name)
  if (tool === undefined)
    return { name, args: args ?? input, invalid: `There is no tool named ${name}.` }
  if (args === undefined) return { name, args: input, invalid: "The arguments are not valid JSON." }
  const checked = tool.inputSchema.safeParse(args)
  if (checked.success) return { name, args: checked.data }
  const faults = checked.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`)
  return { name, args, invalid: `The arguments do not fit: ${faults.join("; ")}.` }
}

/** A call without arguments may come with no text at all. @returns undefined when it is no JSON */
function parseArguments(input: string): unknown {
  if (input.trim() === "") return {}
  try {
    return JSON.parse(input) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

type Finish = Extract<LanguageModelV4StreamPart, { type: "finish" }>

function checkFinish({ finishReason: { unified, raw } }: Finish, title: string): void {
  if (unified === "content-filter") {
    throw new ModelError(
      "model_refused_request",
      `${title} withheld the answer because of its content rules.`,
      false,
    )
  }
  if (unified === "error") {
    throw new ModelError("model_bad_response", `${title} ended its answer with an error.`, true)
  }
  if (unified === "interrupted" || (unified === "other" && raw === undefined)) {
    throw new ModelError("model_cut_off", `${title} stopped in the middle of its answer.`, true)
  }
}

function finishPart(
  { finishReason, usage }: Finish,
  call: AnswerSource,
  hasCalls: boolean,
  providerMetadata: unknown,
): StepPart {
  const inputTokens = usage.inputTokens.total ?? null
  const outputTokens = usage.outputTokens.total ?? null
  return {
    type: "finish",
    reason: finishReason.unified === "length" ? "length" : hasCalls ? "tools" : "end",
    usage: {
      model: call.id,
      inputTokens,
      outputTokens,
      costUsd: call.costOf(inputTokens, outputTokens),
    },
    ...(providerMetadata === undefined ? {} : { providerMetadata }),
  }
}
