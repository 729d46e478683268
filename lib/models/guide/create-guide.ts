import { setTimeout as sleep } from "node:timers/promises"

import type { LanguageModelV4CallOptions } from "@ai-sdk/provider"

import { newId } from "#lib/ids.ts"

import { chooseIntent, type Intent } from "./choose-intent.ts"
import { composeAnswer, type GuideSetup, howToConnect, introduce } from "./compose-answer.ts"
import { searchHandbook } from "./handbook.ts"
import { type GuidePrompt, readPrompt } from "./read-prompt.ts"

interface GuideOptions {
  /** The pace, in milliseconds a word. */
  wordMs: number
  setup: GuideSetup
}

type Plan = { text: string } | { calls: readonly { name: string; args: unknown }[] }

/** A part of the Guide's answer: text, or a tool call to run first. */
type GuidePart = { text: string } | { call: { id: string; name: string; input: string } }

export type Guide = (options: LanguageModelV4CallOptions) => AsyncIterable<GuidePart>

/**
 * The model of an installation without a model: plain rules that take the request of a language
 * model. It asks for the same tools, and answers from their results; it knows no tokens and invents
 * no numbers of them.
 */
export function createGuide({ wordMs, setup }: GuideOptions): Guide {
  return (options) => answer(options, wordMs, setup)
}

async function* answer(
  options: LanguageModelV4CallOptions,
  wordMs: number,
  setup: GuideSetup,
): AsyncGenerator<GuidePart, void, undefined> {
  const plan = await makePlan(readPrompt(options), setup)
  if (!("calls" in plan)) return yield* speak(plan.text, wordMs, options.abortSignal)
  for (const { name, args } of plan.calls) {
    yield { call: { id: newId(), name, input: JSON.stringify(args) } }
  }
}

async function* speak(
  text: string,
  wordMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<GuidePart, void, undefined> {
  for (const word of text.split(/(?<=\s)(?=\S)/)) {
    yield { text: word }
    if (wordMs > 0) await sleep(wordMs, undefined, signal === undefined ? {} : { signal })
    else signal?.throwIfAborted()
  }
}

/** First a tool, if one helps and the agent has it; then words. */
async function makePlan(prompt: GuidePrompt, setup: GuideSetup): Promise<Plan> {
  if (prompt.results.length > 0) {
    return { text: composeAnswer(prompt.results, setup, prompt.isFirst) }
  }
  const plan = planFor(chooseIntent(prompt), prompt.text, setup)
  const missing =
    "calls" in plan ? plan.calls.find(({ name }) => !prompt.tools.has(name)) : undefined
  if (missing === undefined) return plan
  if (missing.name !== "search_docs") {
    return {
      text: `For that I would need the tool \`${missing.name}\`, which this agent does not have.`,
    }
  }
  const sections = await searchHandbook(prompt.text)
  const found = { name: "search_docs", isError: false, value: { sections } }
  return { text: composeAnswer([found], setup, prompt.isFirst) }
}

function planFor(intent: Intent, text: string, setup: GuideSetup): Plan {
  switch (intent.kind) {
    case "calculation":
      return call("calculate", { expression: intent.expression })
    case "time": {
      const { timezone, when } = intent
      return call("current_time", { timezone, ...(when === undefined ? {} : { when }) })
    }
    case "attachments":
      return {
        calls: intent.attachments.map(({ id }) => ({
          name: "read_attachment",
          args: { name: id },
        })),
      }
    case "capabilities":
      return call("search_docs", { query: "What can you do?" })
    case "question":
      return call("search_docs", { query: text.slice(0, 500).toWellFormed() })
    case "greeting":
      return {
        text: `Hello! ${introduce(setup)}\n\nAsk me about Studio, let me calculate something, or ask “What can you do?”`,
      }
    case "thanks":
      return { text: "You’re welcome. Ask me anything about Studio." }
    case "identity":
      return { text: `I am Studio’s Guide. ${introduce(setup)}\n\n${howToConnect(setup)}` }
    case "no_attachment":
      return {
        text: "Nothing is attached to this conversation. Attach a text file and I will read and summarise it.",
      }
    case "nothing":
      return { text: "Your message has no text. Ask me about Studio, or ask “What can you do?”" }
  }
}

function call(name: string, args: unknown): Plan {
  return { calls: [{ name, args }] }
}
