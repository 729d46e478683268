import { insertNudge } from "#db/queries/turn-control.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { EventPayload } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { TurnDependencies } from "#lib/turns/dependencies.ts"
import { fingerprintOfNudge } from "#lib/turns/submit/fingerprint.ts"

/**
 * Adds text to the running turn, which reads it at its next step. Nothing running: nothing stored.
 * @throws AppError not_found; idempotency_key_reused when the key came with another text; queue_full
 * when the turn has not read those before
 */
export async function nudgeTurn(
  context: TurnDependencies,
  principal: Principal,
  nudge: { conversationId: string; text: string; idempotencyKey: string | null },
): Promise<{ buffered: boolean; pendingCount: number }> {
  const { conversationId } = nudge
  const nudgeId = newId(context.clock.now())
  const { tenantId, userId, name } = principal
  const outcome = await insertNudge(
    context.db,
    {
      tenantId,
      userId,
      conversationId,
      nudgeId,
      pendingMax: limits.pendingNudgesMax,
      idempotency:
        nudge.idempotencyKey === null
          ? null
          : {
              key: nudge.idempotencyKey,
              fingerprint: fingerprintOfNudge(nudge.text),
              ttlSeconds: limits.idempotencySeconds,
            },
    },
    (turnId) => {
      const payload: EventPayload<"nudge"> = {
        turn_id: turnId,
        nudge_id: nudgeId,
        text: nudge.text,
        author: { user_id: userId, name },
      }
      return JSON.stringify(payload)
    },
  )
  switch (outcome.state) {
    case "not_found":
      throw notFound()
    case "conflicting":
      throw new AppError("idempotency_key_reused", "This key was used with another text.")
    case "full":
      throw unread()
    case "idle":
      return { buffered: false, pendingCount: 0 }
    case "replayed":
      return { buffered: true, pendingCount: outcome.pendingCount }
    case "buffered": {
      const { seq, json, pendingCount } = outcome
      context.publish({
        conversationId,
        firstSeq: seq,
        lastSeq: seq,
        events: [{ seq, kind: "nudge", json }],
      })
      return { buffered: true, pendingCount }
    }
  }
}

function unread(): AppError {
  return new AppError(
    "queue_full",
    `This turn has yet to read ${limits.pendingNudgesMax} additions. Try again in a moment.`,
    { retryAfterSeconds: 5 },
  )
}
