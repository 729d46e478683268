import { confirmSelf } from "#lib/auth/confirm-self.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { erasePerson, eraseSelf } from "#lib/people/erase-person.ts"
import { eraseMeBody, erasePersonBody, erasureSummary } from "#lib/protocol/people.ts"
import type { Runtime } from "#lib/runtime.ts"
import { runErasure } from "#lib/turns/upkeep/run-erasures.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

/** Enough to delete most people's conversations; housekeeping does the rest. */
const firstRunMs = 2_000

export const eraseMe = route({
  method: "POST",
  path: "/v1/api/me/erase",
  summary: "Erase the caller's account and all their conversations",
  scope: null,
  caller: "session",
  body: eraseMeBody,
  replies: {
    200: { description: "Numbers of erased items. Irreversible.", shape: erasureSummary },
  },
  failures: ["session_too_old", "last_owner"],
  async run({ call, runtime, principal, body }) {
    const context = contextOf(call)
    await confirmSelf(runtime, principal, body.current_password ?? null, context.request.address)
    const summary = await eraseSelf(context, principal, { reason: body.reason ?? null })
    await runAtOnce(runtime, principal, summary.id)
    return jsonReply(200, summary)
  },
})

export const erase = route({
  method: "POST",
  path: "/v1/api/users/{id}/erase",
  summary: "Erase a person and all their conversations",
  scope: "admin",
  caller: "session",
  body: erasePersonBody,
  replies: {
    200: { description: "Numbers of erased items. Irreversible.", shape: erasureSummary },
  },
  failures: ["not_found", "owner_required", "own_account"],
  async run({ call, runtime, principal, params, body }) {
    const summary = await erasePerson(contextOf(call), principal, {
      personId: namedId(params, "id"),
      email: body.email,
      reason: body.reason ?? null,
    })
    await runAtOnce(runtime, principal, summary.id)
    return jsonReply(200, summary)
  },
})

/**
 * The erasure is committed and housekeeping continues it, so a failure here must not fail the request.
 */
async function runAtOnce(runtime: Runtime, { tenantId }: Principal, userId: string): Promise<void> {
  try {
    const person = { tenantId, userId, isSettled: false }
    await runErasure(runtime, person, AbortSignal.timeout(firstRunMs))
  } catch (error) {
    runtime.log.warn({ err: error }, "an erasure is left to housekeeping")
  }
}
