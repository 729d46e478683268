import {
  checkArguments,
  checkPicture,
  checkTool,
  checkToolName,
  isBlank,
  isRecord,
  listOf,
  type Json,
  type Say,
} from "./strict-rules.ts"

/** Mistral: exactly nine letters and digits. */
const callId = /^[A-Za-z0-9]{9}$/
const fields: Record<string, readonly string[]> = {
  system: ["role", "content"],
  user: ["role", "content"],
  assistant: ["role", "content", "tool_calls", "reasoning_content"],
  tool: ["role", "content", "tool_call_id"],
}

/** Rules of chat completions. */
export function chatFaults(body: Json, say: Say): void {
  const tools = listOf(body["tools"])
  if (Array.isArray(body["tools"]) && tools.length === 0) say("`tools` is empty")
  const names = new Set<string>()
  for (const tool of tools) {
    const declared = isRecord(tool["function"]) ? tool["function"] : {}
    checkTool(declared, declared["parameters"], names, say)
  }
  const messages = listOf(body["messages"])
  checkOrder(messages, say)
  const ids = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const where = `message ${index} (${String(message["role"])})`
    for (const key of Object.keys(message)) {
      if (!fields[String(message["role"])]?.includes(key)) say(`${where} has the field ${key}`)
    }
    if (message["role"] === "assistant") checkAssistant(message, where, { ids, tools }, say)
    else checkContent(message["content"], where, say)
  }
  checkResults(messages, say)
}

/**
 * system?, user, (assistant, (tool+, assistant)*, user)*, and the last message is not the
 * assistant's.
 */
function checkOrder(messages: readonly Json[], say: Say): void {
  const roles = messages.map((message) => String(message["role"]))
  if (roles.length === 0) return say("there are no messages")
  const first = roles[0] === "system" ? 1 : 0
  if (roles[first] !== "user") say(`the first message is of ${roles[first] ?? "nobody"}, no user`)
  for (const [index, role] of roles.entries()) {
    const before = roles[index - 1]
    const isRight =
      role === "system"
        ? index === 0
        : role === "user"
          ? before === undefined || before === "system" || before === "assistant"
          : role === "assistant"
            ? before === "user" || before === "tool"
            : role === "tool" && (before === "assistant" || before === "tool")
    if (!isRight) say(`message ${index}: ${role} after ${before ?? "nothing"}`)
    const hasCalls = Array.isArray(messages[index - 1]?.["tool_calls"])
    if (role === "user" && before === "assistant" && hasCalls) {
      say(`message ${index}: user after calls without results`)
    }
  }
  if (roles.at(-1) === "assistant") say("the last message is the assistant's")
}

function checkAssistant(
  message: Json,
  where: string,
  seen: { ids: Set<string>; tools: readonly Json[] },
  say: Say,
): void {
  const { content, tool_calls: calls } = message
  const hasCalls = calls !== undefined
  if (hasCalls && (!Array.isArray(calls) || calls.length === 0)) say(`${where} has no calls in it`)
  if (hasCalls && seen.tools.length === 0) say(`${where} calls, but no tool is declared`)
  if (!hasCalls || (content !== null && content !== undefined)) checkContent(content, where, say)
  if ("reasoning_content" in message && isBlank(message["reasoning_content"])) {
    say(`${where} has blank reasoning`)
  }
  for (const call of listOf(calls)) {
    const id = String(call["id"])
    if (!callId.test(id)) say(`${where} has a call of id ${JSON.stringify(call["id"])}`)
    if (seen.ids.has(id)) say(`${where} has the id ${id} again`)
    seen.ids.add(id)
    if (call["type"] !== "function" || !isRecord(call["function"])) say(`${where}: no function`)
    else {
      checkToolName(call["function"]["name"], `a call of ${where}`, say)
      checkArguments(call["function"]["arguments"], `a call of ${where}`, say)
    }
  }
}

/** Text, or parts without blank text. */
function checkContent(content: unknown, where: string, say: Say): void {
  if (typeof content === "string") {
    if (isBlank(content)) say(`${where} is blank`)
    return
  }
  if (!Array.isArray(content) || content.length === 0) return say(`${where} has no content`)
  for (const part of listOf(content)) {
    if (part["type"] === "text") {
      if (isBlank(part["text"])) say(`${where} has blank text`)
    } else if (part["type"] === "image_url" && isRecord(part["image_url"])) {
      if (!where.includes("user")) say(`${where} has a picture`)
      const url = /^data:([^;]*);base64,(.*)$/s.exec(String(part["image_url"]["url"]))
      checkPicture(url?.[1] ?? "none", url?.[2], say)
    } else say(`${where} has a part of type ${String(part["type"])}`)
  }
}

/** A message with calls is followed directly by their results, each exactly once. */
function checkResults(messages: readonly Json[], say: Say): void {
  for (const [index, message] of messages.entries()) {
    if (message["role"] !== "assistant") continue
    const end = messages.findIndex((next, at) => at > index && next["role"] !== "tool")
    const after = messages.slice(index + 1, end === -1 ? undefined : end)
    const asked = listOf(message["tool_calls"]).map((call) => String(call["id"]))
    const given = after.map((result) => String(result["tool_call_id"]))
    if (asked.toSorted().join() !== given.toSorted().join()) {
      say(`message ${index} calls [${asked.join()}] and gets results of [${given.join()}]`)
    }
  }
}
