import {
  checkArguments,
  checkPicture,
  checkTool,
  checkToolName,
  isBlank,
  listOf,
  type Json,
  type Say,
} from "./strict-rules.ts"

const callId = /^[A-Za-z0-9_-]{1,64}$/

/** Rules of OpenAI's Responses API. */
export function responsesFaults(body: Json, say: Say): void {
  const names = new Set<string>()
  for (const tool of listOf(body["tools"])) checkTool(tool, tool["parameters"], names, say)
  const items = listOf(body["input"])
  if (items.length === 0) return say("`input` is empty")
  const ids = new Set<string>()
  for (const [index, item] of items.entries()) {
    const where = `item ${index} (${kindOf(item)})`
    if (item["type"] === "function_call") {
      if (names.size === 0) say(`${where} calls, but no tool is declared`)
      checkCallId(item["call_id"], where, say)
      if (ids.has(String(item["call_id"]))) say(`${where} has the id again`)
      ids.add(String(item["call_id"]))
      checkToolName(item["name"], where, say)
      checkArguments(item["arguments"], where, say)
    } else if (item["type"] === "function_call_output") {
      checkCallId(item["call_id"], where, say)
      if (isBlank(item["output"])) say(`${where} is blank`)
    } else if (item["type"] === "reasoning") {
      const next = items.slice(index + 1).find((other) => other["type"] !== "reasoning")
      const isFollowed = next?.["type"] === "function_call" || next?.["role"] === "assistant"
      if (!isFollowed) say(`${where} comes without the item it belongs to`)
    } else checkMessage(item, where, say)
  }
  checkTurns(items, say)
}

function kindOf(item: Json): string {
  return String(item["type"] ?? item["role"])
}

function checkCallId(id: unknown, where: string, say: Say): void {
  if (typeof id !== "string" || !callId.test(id)) say(`${where} has the id ${JSON.stringify(id)}`)
}

function checkMessage(item: Json, where: string, say: Say): void {
  const { role, content } = item
  if (!["system", "developer", "user", "assistant"].includes(String(role))) say(`${where}: no role`)
  if (typeof content === "string") {
    if (isBlank(content)) say(`${where} is blank`)
    return
  }
  const parts = listOf(content)
  if (parts.length === 0) say(`${where} has no content`)
  for (const part of parts) {
    if (part["type"] === "input_image") {
      const url = /^data:([^;]*);base64,(.*)$/s.exec(String(part["image_url"]))
      checkPicture(url?.[1] ?? "none", url?.[2], say)
    } else if (isBlank(part["text"])) say(`${where} has blank text`)
  }
}

/** Roles alternate, calls are answered at once, and the last message is not the assistant's. */
function checkTurns(items: readonly Json[], say: Say): void {
  let open: string[] = []
  let before = ""
  for (const [index, item] of items.entries()) {
    if (item["type"] === "function_call") open.push(String(item["call_id"]))
    else if (item["type"] === "function_call_output") {
      const id = String(item["call_id"])
      if (!open.includes(id)) say(`item ${index} is a result without a call`)
      open = open.filter((one) => one !== id)
    } else if (item["type"] !== "reasoning") {
      const isModels = item["role"] === "assistant"
      if (open.length > 0 && !isModels)
        say(`item ${index} comes before results of [${open.join()}]`)
      if (item["role"] === "user" && before === "user") say(`item ${index}: user after user`)
    }
    before = kindOf(item)
  }
  if (open.length > 0) say(`no results of [${open.join()}]`)
  const roles = items.map((item) => item["role"])
  if (roles.find((role) => role === "user" || role === "assistant") !== "user") {
    say("the first message is no user's")
  }
  if (before === "assistant") say("the last message is the assistant's")
}
