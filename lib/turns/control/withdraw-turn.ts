import { withdrawQueued } from "#db/queries/turn-control.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import type { AttachmentRef, EventPayload } from "#lib/protocol/events.ts"
import type { TurnDependencies } from "#lib/turns/dependencies.ts"

import { queuedEndingBatch, queuedEndingEvents } from "./queued-ending.ts"

/**
 * Takes back a turn that has not started, and gives its text and files back.
 * @throws AppError not_found; turn_started when it runs or has ended
 */
export async function withdrawTurn(
  context: TurnDependencies,
  principal: Principal,
  { conversationId, turnId }: { conversationId: string; turnId: string },
): Promise<{ text: string; attachments: AttachmentRef[] }> {
  const { tenantId, userId } = principal
  const result = await withdrawQueued(
    context.db,
    { tenantId, userId, conversationId, turnId },
    (id) => queuedEndingEvents(id, "withdrawn"),
  )
  switch (result.state) {
    case "not_found":
      throw notFound()
    case "started":
      throw new AppError("turn_started", "This message is already being answered.")
    case "withdrawn": {
      context.publish(queuedEndingBatch(conversationId, result.ended, "withdrawn"))
      context.doorbell.ring()
      const message: EventPayload<"message"> = JSON.parse(result.message)
      return { text: message.text, attachments: message.attachments }
    }
  }
}
