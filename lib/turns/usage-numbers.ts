import { wellFormedText } from "#lib/journal/well-formed.ts"
import type { StepUsage } from "#lib/models/step.ts"

import type { Usage } from "./replay-turn.ts"

const modelCharactersMax = 300
/** More than any call costs: a price or a count that gives more is wrong. */
const costUsdMax = 1e9

/**
 * What a model server says a call used, as far as it can be true: whole numbers from 0 on that a
 * number holds exactly. All else counts as not said.
 */
export function cleanUsage(usage: {
  model: unknown
  input_tokens: unknown
  output_tokens: unknown
  cost_usd: unknown
}): Usage {
  const { model, cost_usd: cost } = usage
  const inputTokens = tokensOf(usage.input_tokens)
  const outputTokens = tokensOf(usage.output_tokens)
  const isPriced = typeof cost === "number" && cost >= 0 && cost <= costUsdMax
  return {
    model:
      typeof model === "string" ? wellFormedText(model.slice(0, modelCharactersMax)) : "unknown",
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    // A price of unknown numbers would be invented.
    cost_usd: isPriced && inputTokens !== null && outputTokens !== null ? cost : null,
  }
}

/** The same of a model call that has finished. */
export function usageOfStep({ model, inputTokens, outputTokens, costUsd }: StepUsage): Usage {
  return cleanUsage({
    model,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: costUsd,
  })
}

function tokensOf(value: unknown): number | null {
  // `-0` is 0.
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value + 0 : null
}

interface UsageTotals {
  model: string | null
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
}

export const unknownTotals: UsageTotals = {
  model: null,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
}

/** The usage of a turn's calls together; a sum with an unknown part is unknown. */
export function usageTotals(usage: readonly Usage[]): UsageTotals {
  if (usage.length === 0) return unknownTotals
  // Rows of earlier versions may hold anything.
  const calls = usage.map(cleanUsage)
  const sum = (pick: (one: Usage) => number | null) =>
    calls.reduce<number | null>((total, one) => {
      const number = pick(one)
      return total === null || number === null ? null : total + number
    }, 0)
  const total = cleanUsage({
    model: calls.at(-1)?.model,
    input_tokens: sum((one) => one.input_tokens),
    output_tokens: sum((one) => one.output_tokens),
    cost_usd: sum((one) => one.cost_usd),
  })
  return {
    model: total.model,
    inputTokens: total.input_tokens,
    outputTokens: total.output_tokens,
    costUsd: total.cost_usd,
  }
}
