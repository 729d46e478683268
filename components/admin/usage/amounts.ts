/** Formats a cost; turns without a known price are reported as such instead of estimated. */
export function costWords(costUsd: number, unpriced: number): string {
  if (costUsd === 0 && unpriced > 0) return "not known"
  const digits = costUsd > 0 && costUsd < 0.1 ? 3 : 2
  const amount = `$${costUsd.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`
  return unpriced > 0 ? `over ${amount}` : amount
}

/** Formats a token count; no number when no provider reported usage. */
export function tokenWords(tokens: number, unmetered: number, words = count): string {
  if (tokens === 0 && unmetered > 0) return "not known"
  return unmetered > 0 ? `over ${words(tokens)}` : words(tokens)
}

export function count(value: number): string {
  return value.toLocaleString("en")
}

/** Abbreviates large numbers: 12,345 → 12.3 k. */
export function shortCount(value: number): string {
  return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 })
}
