import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from "@ai-sdk/provider"
import { z } from "zod"

import { toModelError } from "#lib/models/answer/model-failure.ts"
import type { AnswerSource } from "#lib/models/answer/read-answer.ts"
import { isLeftOut } from "#lib/models/answer/refusals.ts"
import type { Provider } from "#lib/models/providers/providers.ts"
import type { AgentTool, StepRequest } from "#lib/models/step.ts"
import { isBlank } from "#lib/protocol/texts.ts"

import { loadAttachmentParts } from "./attachment-parts.ts"
import { cleanText } from "./clean-json.ts"
import { toPrompt } from "./history-messages.ts"
import type { RefusableParts } from "./refusable-parts.ts"
import type { WriteOptions } from "./write-options.ts"
import { type WrittenRequest, writeRequest } from "./write-request.ts"

/** Builds the AI SDK's request for a step. @throws ModelError for a history it cannot express */
export async function writeStep(
  provider: Provider,
  { id, request }: AnswerSource,
  parts: RefusableParts,
  secrets: readonly string[],
): Promise<WrittenRequest> {
  const { tools, outputTokensMax, attachmentTextMax } = request
  const attachments = await loadAttachmentParts(request.history, {
    isInline: true,
    isLeftOut: (attachmentId) => isLeftOut(parts.leftOut, attachmentId),
    ...(attachmentTextMax === undefined ? {} : { textMax: attachmentTextMax }),
  })
  try {
    const prompt = toInstructedPrompt(request, { model: id, attachments, without: parts.leftOut })
    parts.written(prompt)
    return await writeRequest(provider.model, {
      prompt,
      providerOptions: { openai: { store: false } },
      ...(tools.length === 0 ? {} : { tools: tools.map(declare), toolChoice: { type: "auto" } }),
      ...(outputTokensMax === undefined ? {} : { maxOutputTokens: outputTokensMax }),
    })
  } catch (error) {
    throw toModelError(error, { provider, model: id, address: "", hasBegun: false, secrets })
  }
}

/** The history after the instructions. */
export function toInstructedPrompt(
  { instructions, history, tools }: StepRequest,
  options: Omit<WriteOptions, "hasTools">,
): LanguageModelV4Prompt {
  const prompt = toPrompt(history, { ...options, hasTools: tools.length > 0 })
  if (isBlank(instructions)) return prompt
  return [{ role: "system", content: cleanText(instructions) }, ...prompt]
}

/** Declared, never run: the driver runs tools after the call is committed. */
export function declare({
  name,
  description,
  inputSchema,
}: AgentTool): LanguageModelV4FunctionTool {
  return { type: "function", name, description, inputSchema: jsonSchemaOf(inputSchema) }
}

type JsonSchema = LanguageModelV4FunctionTool["inputSchema"]
const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>()

/** Made once for each tool: it takes longer than all else before a call. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema)
  if (known !== undefined) return known
  // The same by another name: zod's type is wider than the draft.
  const made = z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as JsonSchema
  jsonSchemas.set(schema, made)
  return made
}
