import type { LanguageModelV4Prompt } from "@ai-sdk/provider"

import type { HistoryMessage, HistoryToolCall, HistoryToolResult } from "#lib/models/step.ts"

import { PromptWriter } from "./prompt-writer.ts"
import type { WriteOptions } from "./write-options.ts"

/** Characters of arguments and results that are told in words. */
const toldCharactersMax = 2_000

/**
 * A history in the SDK's words, in a form that the strictest vendor takes: the user speaks first and
 * last, roles alternate, results stand directly after their calls, each call has exactly one, ids
 * are unique and ids, names and arguments of the form all take, and no text is blank.
 * @see docs/decisions/0014-histories-for-the-strictest-vendor.md
 */
export function toPrompt(
  history: readonly HistoryMessage[],
  options: WriteOptions,
): LanguageModelV4Prompt {
  const writer = new PromptWriter(options)
  for (const message of options.hasTools ? history : tellCalls(history)) {
    if (message.role === "user") writer.user(message)
    else if (message.role === "assistant") writer.assistant(message)
    else writer.results(message.results)
  }
  return writer.end()
}

/** Rewrites tool calls as text, for an agent whose tools were removed. */
function tellCalls(history: readonly HistoryMessage[]): HistoryMessage[] {
  return history.flatMap((message, index): HistoryMessage[] => {
    if (message.role === "tool") return []
    if (message.role === "user" || message.toolCalls.length === 0) return [message]
    const results = resultsAfter(history, index)
    const told = message.toolCalls.map((call) => tellCall(call, results))
    const text = [message.text.trim(), ...told].filter((line) => line !== "").join("\n\n")
    return [{ role: "assistant", text, toolCalls: [] }]
  })
}

function resultsAfter(history: readonly HistoryMessage[], index: number): HistoryToolResult[] {
  const results: HistoryToolResult[] = []
  for (const message of history.slice(index + 1)) {
    if (message.role !== "tool") break
    results.push(...message.results)
  }
  return results
}

function tellCall(call: HistoryToolCall, results: readonly HistoryToolResult[]): string {
  const result = results.find(({ id }) => id === call.id)
  const outcome = result === undefined ? "outcome unknown" : short(result.result)
  return `(The tool ${call.name}, called with ${short(call.args)}, returned: ${outcome})`
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")
  return text.length <= toldCharactersMax ? text : `${text.slice(0, toldCharactersMax)}…`
}
