import { wellFormedText } from "#lib/journal/well-formed.ts"
import type { StepUsage } from "#lib/models/step.ts"
import type { EventPayload } from "#lib/protocol/events.ts"
import type { LoosePayload } from "#lib/transcript/journal-row.ts"
import { addUsage, usageOf, type Usage } from "#lib/transcript/usage.ts"

/** Token usage as journaled. */
export type JournaledUsage = Omit<EventPayload<"token_usage">, "turn_id">

const modelCharactersMax = 300
/** More than any call costs: a price or a count that gives more is wrong. */
const costUsdMax = 1e9

/**
 * Validates the usage that a model server reports: only safe integers from 0 on count, everything
 * else is treated as missing.
 */
export function cleanUsage(usage: LoosePayload<"token_usage">): JournaledUsage {
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
export function usageOfStep({
  model,
  inputTokens,
  outputTokens,
  costUsd,
}: StepUsage): JournaledUsage {
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

/** `model` is null when there was no call. */
type UsageTotals = Omit<Usage, "model"> & { model: string | null }

export const unknownTotals: UsageTotals = {
  model: null,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
}

/** The usage of a turn's calls together; a sum with an unknown part is unknown. */
export function usageTotals(calls: readonly JournaledUsage[]): UsageTotals {
  const sum = calls.map(usageOf).reduce<Usage | null>(addUsage, null)
  if (sum === null) return unknownTotals
  const total = cleanUsage({
    model: sum.model,
    input_tokens: sum.inputTokens,
    output_tokens: sum.outputTokens,
    cost_usd: sum.costUsd,
  })
  return usageOf(total)
}
