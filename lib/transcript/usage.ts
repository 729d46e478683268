import { numberOf, textOf, type LoosePayload } from "./journal-row.ts"

/** Usage of model calls. Null = unknown, which is not zero. */
export interface Usage {
  /** Of the last call. */
  model: string
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
}

export function usageOf(payload: LoosePayload<"token_usage">): Usage {
  return {
    model: textOf(payload, "model"),
    inputTokens: numberOf(payload, "input_tokens"),
    outputTokens: numberOf(payload, "output_tokens"),
    costUsd: numberOf(payload, "cost_usd"),
  }
}

/** Adds the usage of one more call; null = there was none before it. */
export function addUsage(sum: Usage | null, call: Usage): Usage {
  if (sum === null) return call
  return {
    model: call.model,
    inputTokens: addKnown(sum.inputTokens, call.inputTokens),
    outputTokens: addKnown(sum.outputTokens, call.outputTokens),
    costUsd: addKnown(sum.costUsd, call.costUsd),
  }
}

/** One unknown part makes the sum unknown: a smaller number would be an invention. */
function addKnown(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}
