import {
  checkPicture,
  checkTool,
  checkToolName,
  isBlank,
  isRecord,
  listOf,
  type Json,
  type Say,
} from "./strict-rules.ts"

const toolUseId = /^[A-Za-z0-9_-]{1,64}$/

/** Rules of Anthropic's Messages API. */
export function anthropicFaults(body: Json, say: Say): void {
  if (!Number.isInteger(body["max_tokens"])) say("`max_tokens` is missing")
  for (const block of listOf(body["system"])) {
    if (isBlank(block["text"])) say("a blank system text")
  }
  const names = new Set<string>()
  for (const tool of listOf(body["tools"])) checkTool(tool, tool["input_schema"], names, say)
  const messages = listOf(body["messages"])
  if (messages.length === 0) return say("there are no messages")
  if (messages[0]?.["role"] !== "user") say("the first message is no user's")
  if (messages.at(-1)?.["role"] !== "user") say("the last message is the assistant's")
  const ids = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const role = message["role"]
    const where = `message ${index} (${String(role)})`
    if (role === messages[index - 1]?.["role"]) say(`${where} follows one of the same role`)
    const blocks = listOf(message["content"])
    if (blocks.length === 0) say(`${where} has no content`)
    for (const block of blocks) checkBlock(block, where, role === "user", say)
    if (role === "user") checkResults(blocks, listOf(messages[index - 1]?.["content"]), where, say)
    else checkAssistant(blocks, where, { ids, hasTools: names.size > 0 }, say)
  }
}

const allowed = {
  user: ["text", "image", "document", "tool_result"],
  assistant: ["text", "tool_use", "thinking", "redacted_thinking"],
}

function checkBlock(block: Json, where: string, isUser: boolean, say: Say): void {
  const type = String(block["type"])
  if (!allowed[isUser ? "user" : "assistant"].includes(type)) say(`${where} has a ${type} block`)
  if (type === "text" && isBlank(block["text"])) say(`${where} has blank text`)
  if (type === "thinking" && isBlank(block["signature"])) say(`${where} has unsigned thinking`)
  if (type === "image") {
    const source = isRecord(block["source"]) ? block["source"] : {}
    checkPicture(String(source["media_type"]), source["data"], say)
  }
}

function checkAssistant(
  blocks: readonly Json[],
  where: string,
  seen: { ids: Set<string>; hasTools: boolean },
  say: Say,
): void {
  const last = blocks.at(-1)?.["type"]
  if (last === "thinking" || last === "redacted_thinking") say(`${where} ends with thinking`)
  for (const block of blocks) {
    if (block["type"] !== "tool_use") continue
    const id = String(block["id"])
    if (!seen.hasTools) say(`${where} calls, but no tool is declared`)
    if (!toolUseId.test(id)) say(`${where} has a call of id ${JSON.stringify(block["id"])}`)
    if (seen.ids.has(id)) say(`${where} has the id ${id} again`)
    seen.ids.add(id)
    checkToolName(block["name"], `a call of ${where}`, say)
    if (!isRecord(block["input"])) say(`${where} has an input that is no object`)
  }
}

/** Results of all calls of the previous message, each exactly once, before anything else. */
function checkResults(
  blocks: readonly Json[],
  before: readonly Json[],
  where: string,
  say: Say,
): void {
  const results = blocks.filter((block) => block["type"] === "tool_result")
  const asked = before.filter((block) => block["type"] === "tool_use").map((b) => String(b["id"]))
  const given = results.map((block) => String(block["tool_use_id"]))
  if (asked.toSorted().join() !== given.toSorted().join()) {
    say(`${where} has results of [${given.join()}] for calls [${asked.join()}]`)
  }
  const firstOther = blocks.findIndex((block) => block["type"] !== "tool_result")
  if (firstOther !== -1 && firstOther < results.length) {
    say(`${where} has something before its results`)
  }
  for (const result of results) {
    const { content } = result
    const texts = typeof content === "string" ? [content] : listOf(content).map((c) => c["text"])
    if (texts.length === 0 || texts.some(isBlank)) say(`${where} has a blank result`)
  }
}
