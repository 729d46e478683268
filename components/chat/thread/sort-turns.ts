import type { Turn } from "#lib/transcript/reduce-events.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"

interface SortedTurns {
  /** Turns in the thread: ended, running or next. */
  shown: readonly TurnView[]
  /** Turns queued behind them. */
  queue: readonly TurnView[]
  running: TurnView | null
}

export function sortTurns(turns: readonly Turn[]): SortedTurns {
  const views = turns.map((turn) => turn.view).filter((view) => !isWithdrawn(view))
  const open = views.filter((view) => view.phase !== "ended")
  const running = open.find((view) => view.phase === "running") ?? open[0] ?? null
  return {
    shown: views.filter((view) => view.phase === "ended" || view === running),
    queue: open.filter((view) => view !== running),
    running,
  }
}

function isWithdrawn(view: TurnView): boolean {
  return view.ending?.kind === "final" && view.ending.stopReason === "withdrawn"
}

/** Title of an untitled conversation: its first words. */
export function firstWords(view: TurnView | undefined): string | null {
  const text = view?.message?.text.trim().split("\n", 1)[0] ?? ""
  if (text === "") return null
  return text.length <= 60 ? text : `${text.slice(0, 59).trimEnd()}…`
}
