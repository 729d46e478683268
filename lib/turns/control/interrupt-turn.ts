import { requestInterrupt } from "#db/queries/turn-control.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"
import type { TurnDependencies } from "#lib/turns/dependencies.ts"

import { queuedEndingBatch, queuedEndingEvents } from "./queued-ending.ts"

/**
 * Stops a turn: with `turnId` only that one, else the running one, else the oldest queued.
 * Idempotent; `stopped` is true for the one call that made it stop.
 * @throws AppError not_found
 */
export async function interruptTurn(
  context: TurnDependencies,
  principal: Principal,
  { conversationId, turnId }: { conversationId: string; turnId: string | null },
): Promise<{ stopped: boolean }> {
  const { tenantId, userId } = principal
  const result = await requestInterrupt(
    context.db,
    { tenantId, userId, conversationId, turnId },
    (id) => queuedEndingEvents(id, "interrupted"),
  )
  if (result === null) throw notFound()
  if (result.ended !== null) {
    context.publish(queuedEndingBatch(conversationId, result.ended, "interrupted"))
    context.doorbell.ring()
  }
  if (result.running !== null) context.doorbell.stop(result.running)
  return { stopped: result.stopped }
}
