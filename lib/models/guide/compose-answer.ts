import { z } from "zod"

import type { GuideToolResult } from "./read-prompt.ts"
import { summarizeText } from "./summarize.ts"

/** Why the Guide answers; must match the providers that are really connected. */
export type GuideSetup =
  | { kind: "no_model" }
  | { kind: "key_without_model"; providers: readonly string[] }
  | { kind: "other_agents_have_model" }

/** Introduces the Guide in one sentence. */
export function introduce(setup: GuideSetup): string {
  switch (setup.kind) {
    case "no_model":
      return "No language model is connected to this Studio yet, so the built-in Guide answers: a small program that knows Studio’s handbook."
    case "key_without_model":
      return `A key is set for ${setup.providers.join(" and ")}, but \`STUDIO_MODEL\` is not, so no language model is connected and the built-in Guide answers.`
    case "other_agents_have_model":
      return "This agent is the built-in Guide: a small program that knows Studio’s handbook, not a language model. Other agents of this Studio are connected to one."
  }
}

/** How to get a language model, with something to copy. */
export function howToConnect(setup: GuideSetup): string {
  if (setup.kind === "other_agents_have_model") {
    return "For questions like this one, start a conversation with another agent."
  }
  if (setup.kind === "key_without_model") {
    return `To connect one, name the model and restart the server:\n\n\`\`\`sh\nSTUDIO_MODEL=${setup.providers[0]}/<model>\n\`\`\``
  }
  return [
    "To connect one, set a key and a model where the server starts (or in `.env`), and restart it:",
    "```sh\nOPENAI_API_KEY=sk-…\nSTUDIO_MODEL=openai/<model>\n```",
    "Anthropic, Ollama, vLLM and other servers work the same way: ask me how.",
  ].join("\n\n")
}

function refuse(setup: GuideSetup): string {
  return [
    `I can’t answer that. ${introduce(setup)}`,
    howToConnect(setup),
    "What I can do meanwhile:\n\n- explain Studio: “How do I create a token?”\n- calculate: “12.5% of 80”\n- tell the time: “What time is it in Tokyo?”\n- read and summarise a text file that you attach",
  ].join("\n\n")
}

const docsResult = z.object({
  sections: z.array(z.object({ title: z.string(), text: z.string() })),
})
const calculateResult = z.object({ expression: z.string(), value: z.string() })
const moment = z.object({ text: z.string() })
const timeResult = z.object({
  now: moment,
  when: z.string().optional(),
  meant: moment.optional(),
  days_from_now: z.number().optional(),
})
const attachmentResult = z.object({
  filename: z.string(),
  content_type: z.string(),
  size_bytes: z.number(),
  page: z.number().optional(),
  pages: z.number().optional(),
  text: z.string().optional(),
  kind: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
})

/** The answer that the results of tools make, as Markdown. */
export function composeAnswer(
  results: readonly GuideToolResult[],
  setup: GuideSetup,
  isFirst: boolean,
): string {
  const answers = results.map((result) =>
    result.isError ? sayFailure(result) : sayResult(result, setup),
  )
  const isDocs = results.some((result) => result.name === "search_docs" && !result.isError)
  const isRefusal = answers[0]?.startsWith("I can’t answer that.") === true
  const intro = isFirst && isDocs && !isRefusal ? [introduce(setup)] : []
  return [...intro, ...answers].join("\n\n")
}

/** A result that does not match its tool's schema was truncated in the history. */
function sayResult({ name, value }: GuideToolResult, setup: GuideSetup): string {
  const say = <T>(schema: z.ZodType<T>, words: (result: T) => string) => {
    const result = schema.safeParse(value)
    return result.success ? words(result.data) : `The result of \`${name}\` is too long for me.`
  }
  switch (name) {
    case "search_docs":
      return say(docsResult, (result) => sayDocs(result, setup))
    case "calculate":
      return say(calculateResult, (result) => `\`${result.expression}\` = **${result.value}**`)
    case "current_time":
      return say(timeResult, sayTime)
    case "read_attachment":
      return say(attachmentResult, (result) => sayAttachment(result, setup))
    default:
      return `The tool \`${name}\` has answered.`
  }
}

function sayDocs({ sections }: z.infer<typeof docsResult>, setup: GuideSetup): string {
  const [best, ...others] = sections
  if (best === undefined) return refuse(setup)
  const also = others.map((section) => `“${section.title}”`).join(" and ")
  const source = `*From Studio’s handbook: ${best.title}.${also === "" ? "" : ` See also ${also}.`}*`
  return `${best.text}\n\n${source}`
}

function sayTime({ now, when, meant, days_from_now: days }: z.infer<typeof timeResult>): string {
  if (when === undefined || meant === undefined) return `It is **${now.text}**.`
  const away =
    days === undefined || days === 0
      ? "today"
      : days > 0
        ? `in ${days} day${days === 1 ? "" : "s"}`
        : `${-days} day${days === -1 ? "" : "s"} ago`
  return `“${when}” is **${meant.text}**, ${away}. Now it is ${now.text}.`
}

function sayAttachment(file: z.infer<typeof attachmentResult>, setup: GuideSetup): string {
  const name = `**${file.filename}**`
  if (file.text !== undefined) {
    const summary = summarizeText(file.filename, file.content_type, file.text)
    const part = (file.pages ?? 1) > 1 ? ` (the first of ${file.pages} pages)` : ""
    return `${name}${part}: ${summary}`
  }
  const size =
    file.width === undefined || file.height === undefined
      ? ""
      : ` of ${file.width} × ${file.height} pixels`
  const what = file.kind === "image" ? `an image${size}` : `a file of type ${file.content_type}`
  const missing =
    setup.kind === "other_agents_have_model"
      ? "I cannot see what is in it; an agent with a language model may."
      : "Without a language model I cannot see what is in it."
  return `${name} is ${what}, ${file.size_bytes} bytes. ${missing}`
}

const failure = z.union([z.string(), z.object({ error: z.string() }).transform((v) => v.error)])

function sayFailure({ name, value }: GuideToolResult): string {
  const message = failure.safeParse(value)
  const tool = name === "calculate" ? "The calculator" : `The tool \`${name}\``
  return message.success ? `${tool} says: ${message.data}` : `${tool} failed.`
}
