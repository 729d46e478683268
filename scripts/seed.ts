import { parseArgs } from "node:util"

import {
  createListIndexes,
  dropListIndexes,
  seedConversations,
  seedLongTurn,
  seedPeople,
} from "#db/development-seed.ts"
import { findFirstTenant } from "#db/queries/tenants.ts"
import { countEndedTurns } from "#db/queries/usage.ts"
import { newId } from "#lib/ids.ts"

import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const usage = `npm run db:seed -- [--conversations 2000] [--journal 10000]

Fills the installation (STUDIO_DATA_DIR or DATABASE_URL) with a year of made-up conversations, for
trying lists at size. Only for a database of its own: nothing takes them out again.`

const perBatch = 50_000
const rowsPerJournal = 6.6
const longTurnSteps = 1_500

async function seed(): Promise<void> {
  const { values } = parseArgs({
    options: {
      conversations: { type: "string", default: "2000" },
      journal: { type: "string", default: "10000" },
      help: { type: "boolean", default: false },
    },
  })
  const total = Number(values.conversations)
  const journal = Number(values.journal)
  if (values.help || !Number.isInteger(total) || total < 1 || !Number.isInteger(journal)) {
    throw new Error(usage)
  }
  const startedMs = Date.now()
  const say = (words: string) =>
    console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${words}`)
  await withInstallation(
    async (db) => {
      const tenantId = await findFirstTenant(db)
      await seedPeople(db, tenantId)
      const indexes = await dropListIndexes(db)
      const journaledFrom = total - Math.floor(journal / rowsPerJournal) + 1
      for (let from = 1; from <= total; from += perBatch) {
        const to = Math.min(total, from + perBatch - 1)
        await seedConversations(db, { tenantId, from, to, total, journaledFrom })
        say(`${to.toLocaleString("en")} conversations`)
      }
      await seedLongTurn(db, {
        tenantId,
        conversationId: newId(),
        turnId: newId(),
        steps: longTurnSteps,
      })
      while ((await countEndedTurns(db, perBatch)) > 0) say("counted a batch of turns")
      await createListIndexes(db, indexes)
      say("indexes and statistics")
    },
    { statementTimeoutMs: 0 },
  )
}

await seed().catch(explainFailure)
