import type { Database } from "#db/client.ts"
import {
  purgeAttachmentBytes,
  purgeDeletedConversation,
  purgeIdempotencyKeys,
  purgeSignIns,
} from "#db/queries/housekeeping.ts"
import { revokeUnusedTokens } from "#db/queries/token-holders.ts"
import { listUnfoldedTurns } from "#db/queries/turns.ts"
import type { Log } from "#lib/log.ts"
import { SearchRefresh } from "#lib/search/search-refresh.ts"
import { repeat } from "#lib/timing/repeat.ts"

import { countTurns } from "./count-turns.ts"
import { runErasures, type ErasureDependencies } from "./run-erasures.ts"
import { settleTurn } from "./settle-turn.ts"
import { ConversationTitles, type TitleDependencies } from "./title-conversations.ts"

const settleMs = 1_000
const countMs = 1_000
const titleMs = 1_000
const searchMs = 1_000
const purgeMs = 60_000
const turnsPerRound = 50
const erasureMs = 5_000
const purgeBatchesMax = 200

/**
 * Deferrable work: folds, indexes and counts ended turns; deletes expired, unlinked, deleted and
 * erased data.
 */
export class Housekeeping {
  readonly #db: Database
  readonly #log: Log
  readonly #titles: ConversationTitles | null
  readonly #stop = new AbortController()
  #work: Promise<void> | null = null

  readonly #erasures: ErasureDependencies

  /** @param titles null = conversations keep the first words of their first message */
  constructor(
    db: Database,
    log: Log,
    titles: TitleDependencies | null,
    erasures: ErasureDependencies,
  ) {
    this.#db = db
    this.#log = log
    this.#titles = titles === null ? null : new ConversationTitles(titles)
    this.#erasures = erasures
  }

  start(): void {
    const search = new SearchRefresh(this.#db)
    this.#work = Promise.all([
      this.#repeat(settleMs, () => settleEndedTurns(this.#db, this.#log)),
      this.#repeat(countMs, () => countTurns(this.#db, this.#log)),
      this.#repeat(titleMs, async () => await this.#titles?.begin()),
      this.#repeat(searchMs, () => search.run(this.#stop.signal)),
      this.#repeat(purgeMs, () => this.#purge()),
      this.#repeat(erasureMs, () => runErasures(this.#erasures, this.#stop.signal)),
    ]).then(() => {})
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#work
    await this.#titles?.stop()
  }

  #repeat(everyMs: number, task: () => Promise<unknown>): Promise<void> {
    return repeat(everyMs, this.#stop.signal, task, (error) =>
      this.#log.warn({ err: error }, "housekeeping failed; it will be tried again"),
    )
  }

  async #purge(): Promise<void> {
    await purgeIdempotencyKeys(this.#db)
    await purgeAttachmentBytes(this.#db)
    await purgeSignIns(this.#db)
    await revokeUnusedTokens(this.#db)
    for (let batch = 0; batch < purgeBatchesMax; batch += 1) {
      if (!(await purgeDeletedConversation(this.#db))) return
    }
  }
}

/** Settles a batch of ended turns. Two processes that take the same one do the same. @returns how many */
export async function settleEndedTurns(db: Database, log: Log): Promise<number> {
  const turns = await listUnfoldedTurns(db, turnsPerRound)
  for (const turn of turns) await settleTurn(db, turn, log)
  return turns.length
}
