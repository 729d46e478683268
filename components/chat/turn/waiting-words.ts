import type { TurnView } from "#lib/transcript/turn-view.ts"

/** Describes the activity of a running turn; the text changes as the wait grows. */
export function waitingWords(
  turn: TurnView,
  now: { ms: number; isOnline: boolean; agentName: string },
): string {
  const silentMs = Math.max(0, now.ms - (turn.trace.heardMs ?? turn.message?.atMs ?? now.ms))
  if (!now.isOnline) return `Last heard from ${now.agentName} ${inSeconds(silentMs)} ago`
  if (turn.phase === "queued") return silentMs < 4_000 ? "Starting" : "Waiting for a free slot"
  if (turn.caption !== null) return turn.caption
  const last = turn.blocks.at(-1)
  const running =
    last?.kind === "steps" ? last.steps.find((step) => step.state === "running") : null
  if (running != null)
    return silentMs < 20_000 ? `Running ${running.name}` : `Still running ${running.name}`
  if (last?.kind === "text" && silentMs < 2_500) return "Writing"
  if (silentMs < 5_000) return "Thinking"
  if (silentMs < 20_000) return "Still thinking"
  return `Nothing heard for ${inSeconds(silentMs)}. The turn keeps running`
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
