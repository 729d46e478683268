import { newId } from "#lib/ids.ts"
import { resolveToolName } from "#lib/models/request/tool-names.ts"
import type { AgentTool } from "#lib/models/step.ts"
import type { WireToolCall } from "#lib/models/wire/answer-sink.ts"
import { isTooDeep, parseJson } from "#lib/models/wire/json.ts"

const usableId = /^[A-Za-z0-9_-]{1,64}$/
/** The journal and the next request hold it. */
const nameCharactersMax = 64

/** The vendor's id, unless it is one that this conversation has already seen or cannot carry. */
export function uniqueCallId(vendorId: string | undefined, used: Set<string>): string {
  const isUsable = vendorId !== undefined && usableId.test(vendorId) && !used.has(vendorId)
  const id = isUsable ? vendorId : newId()
  used.add(id)
  return id
}

/** Parses a tool call; `invalid` says why it cannot be run. */
export function readCall(
  call: WireToolCall,
  tools: readonly AgentTool[],
): { name: string; args: unknown; invalid?: string } {
  const args = parseArguments(call.input)
  const known = tools.map((tool) => tool.name)
  const said = resolveToolName(call.name, known)
  const tool = tools[known.indexOf(said)]
  if (tool === undefined) {
    const name = said.slice(0, nameCharactersMax).toWellFormed()
    const invalid = name === "" ? "The call names no tool." : `There is no tool named ${name}.`
    return { name: name === "" ? "unnamed" : name, args: args ?? call.input, invalid }
  }
  const { name } = tool
  if (args === undefined) {
    return {
      name,
      args: call.input,
      invalid: "The arguments are not valid JSON, or are nested too deeply.",
    }
  }
  const checked = tool.inputSchema.safeParse(args)
  if (checked.success) return { name, args: checked.data }
  const faults = checked.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`)
  return { name, args, invalid: `The arguments do not fit: ${faults.join("; ")}.` }
}

/** @returns undefined when it is no JSON, or deeper than the journal and a request can hold */
function parseArguments(input: string): unknown {
  const args = parseText(input)
  return isTooDeep(args) ? undefined : args
}

/** A call without arguments may come with no text at all. @returns undefined when it is no JSON */
function parseText(input: string): unknown {
  if (input.trim() === "") return {}
  const parsed = parseJson(input)
  // Some write the JSON once more as a text of JSON; some mean none by null.
  if (typeof parsed?.value === "string") return parseJson(parsed.value)?.value ?? parsed.value
  return parsed === undefined ? undefined : (parsed.value ?? {})
}
