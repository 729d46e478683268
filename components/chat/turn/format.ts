import { totalMs, type Segment } from "#lib/transcript/trace.ts"
import type { Usage } from "#lib/transcript/usage.ts"

/** For steps: tenths of a second below a minute. */
export function stepTime(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : turnTime(ms)
}

/** For turns: whole seconds, except for very short ones. */
export function turnTime(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Formats tokens and cost; omits unmetered tokens and names unpriced cost as unknown. */
export function usageWords(usage: Usage | null): string[] {
  if (usage === null) return []
  const { inputTokens, outputTokens, costUsd } = usage
  const words = []
  if (inputTokens !== null) words.push(`${inputTokens.toLocaleString("en")} in`)
  if (outputTokens !== null) words.push(`${outputTokens.toLocaleString("en")} out`)
  if (costUsd !== null) words.push(`$${costUsd.toFixed(costUsd < 0.1 ? 4 : 2)}`)
  else if (words.length > 0) words.push("cost not known")
  return words
}

export function fileSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Whole percent; rounds to 100 only when complete. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

/** A text alternative of the trace for screen readers. */
export function traceWords(segments: readonly Segment[], start: string): string {
  const sumOf = (kinds: string[]) => totalMs(segments.filter((part) => kinds.includes(part.kind)))
  const parts = [
    ["model", sumOf(["model"])],
    ["tools", sumOf(["tool", "error"])],
    ["waiting", sumOf(["wait"])],
  ] as const
  const named = parts.filter(([, ms]) => ms > 0).map(([name, ms]) => `${name} ${turnTime(ms)}`)
  return named.length === 0 ? start : `${start}: ${named.join(", ")}`
}

const scalesMs = [10_000, 30_000, 60_000, 120_000, 300_000]

/** Scale of a running turn: the next step that fits the elapsed time. */
export function scaleMsOf(ms: number): number {
  return scalesMs.find((scale) => ms < scale) ?? ms
}
