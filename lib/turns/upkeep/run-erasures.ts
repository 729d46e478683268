import type { Database } from "#db/client.ts"
import {
  finishErasure,
  listErasable,
  listErasing,
  markDeleted,
  type ErasingPerson,
} from "#db/queries/erasures.ts"
import {
  findShared,
  leaveConversation,
  listAuthoredRows,
  replacePayloads,
} from "#db/queries/erasures.ts"
import { deleteConversationRows } from "#db/queries/turn-control.ts"
import { newId } from "#lib/ids.ts"
import type { Log } from "#lib/log.ts"
import type { Doorbell } from "#lib/turns/dependencies.ts"

import { renameAuthor } from "./rename-author.ts"

const conversationsPerBatch = 20
const peoplePerRound = 20

export interface ErasureDependencies {
  db: Database
  log: Log
  doorbell: Doorbell
  lookAt: (conversationId: string) => void
}

/** Goes on with every erasure that has begun, wherever it was left. */
export async function runErasures(
  dependencies: ErasureDependencies,
  signal: AbortSignal,
): Promise<void> {
  for (const person of await listErasing(dependencies.db, peoplePerRound)) {
    if (signal.aborted) return
    try {
      await runErasure(dependencies, person, signal)
    } catch (error) {
      // It is gone on with in the next round, and the others need not wait for that.
      dependencies.log.warn({ err: error }, "an erasure failed; it will be tried again")
    }
  }
}

/**
 * Deletes a person's conversations, makes them "Former member" in those of others, and at last
 * deletes the person. Each step is a batch that can be done twice, so it may be cut off anywhere and
 * run in several processes.
 * @returns whether nothing is left to do
 */
export async function runErasure(
  dependencies: ErasureDependencies,
  person: ErasingPerson,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const ids = await listErasable(dependencies.db, person, conversationsPerBatch)
    if (ids.length === 0) break
    for (const id of ids) {
      if (signal.aborted) return false
      await deleteOne(dependencies, person, id)
    }
  }
  // A message that was under way when it began may still arrive, with the name.
  if (!person.isSettled) return false
  for (;;) {
    const id = signal.aborted ? null : await findShared(dependencies.db, person)
    if (id === null) break
    if (!(await renameIn(dependencies.db, person, id, signal))) return false
    await leaveConversation(dependencies.db, person, id)
  }
  return !signal.aborted && (await finishErasure(dependencies.db, person))
}

async function deleteOne(
  { db, doorbell, lookAt }: ErasureDependencies,
  { tenantId, userId }: ErasingPerson,
  conversationId: string,
): Promise<void> {
  const installation = {
    tenantId,
    actorId: null,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address: null,
  }
  const request = { tenantId, userId, conversationId }
  const audit = { actor: installation, recordId: newId() }
  const deleted = await deleteConversationRows(db, request, audit)
  if (deleted === false) await markDeleted(db, userId, conversationId)
  else if (deleted.running !== null) doorbell.stop(deleted.running)
  lookAt(conversationId)
}

/** @returns false when it was cut off */
async function renameIn(
  db: Database,
  { userId }: ErasingPerson,
  conversationId: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (let afterSeq = 0; ;) {
    if (signal.aborted) return false
    const rows = await listAuthoredRows(db, conversationId, afterSeq)
    const last = rows.at(-1)
    if (last === undefined) return true
    const renamed = rows.flatMap(({ seq, payload }) => {
      const next = payload === null ? null : renameAuthor(payload, userId)
      return next === null ? [] : [{ seq, payload: next }]
    })
    if (renamed.length > 0) await replacePayloads(db, conversationId, renamed)
    afterSeq = last.seq
  }
}
