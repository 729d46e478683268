import { api, isApiError } from "#lib/client/api/api.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import type { Turn } from "#lib/transcript/reduce-events.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"

import { sha256Hex } from "./sha-256.ts"

/** Counts mismatches between the text shown on a page and the server's hash. */
interface CheckCounts {
  /** Ended turns whose text was compared with its hash. */
  checked: number
  /** Turns that differed and were read anew from the journal. */
  healed: number
  /** Turns that differ even so, or could not be read anew. */
  unhealed: number
}

export const checkCounts: CheckCounts = { checked: 0, healed: 0, unhealed: 0 }

interface SelfCheckOptions {
  conversationId: string
  replace(turnId: string, rows: readonly JournalRow[]): void
  counts?: CheckCounts
  readTurn?: (conversationId: string, turnId: string) => Promise<JournalRow[]>
}

interface SelfCheck {
  /** Compares every turn that has ended since the last time. */
  look(turns: readonly Turn[]): Promise<void>
}

/** Compares each ended turn with the hash its `final` carries; one that differs is read anew. */
export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  const counts = options.counts ?? checkCounts
  const readTurn = options.readTurn ?? api.listTurn
  const seen = new Set<string>()

  async function check(turn: Turn): Promise<void> {
    const expected = hashOf(turn.view)
    if (expected === null || seen.has(turn.id)) return
    seen.add(turn.id)
    counts.checked += 1
    if ((await sha256Hex(shownText(turn.view))) === expected) return
    try {
      const rows = await readTurn(options.conversationId, turn.id)
      options.replace(turn.id, rows)
      counts.healed += 1
    } catch (error) {
      if (!isApiError(error)) throw error
      counts.unhealed += 1
    }
  }

  return {
    async look(turns) {
      for (const turn of turns) await check(turn)
    },
  }
}

/** Null when there is nothing to compare with, or not the whole of the turn is loaded. */
function hashOf({ ending, message }: TurnView): string | null {
  if (message === null || ending?.kind !== "final" || ending.sha256 === "") return null
  return ending.sha256
}

/** The text of the answer as shown, without text dropped by a new attempt. */
export function shownText(view: TurnView): string {
  return view.blocks.map((block) => (block.kind === "text" ? block.text : "")).join("")
}
