import { requirePrincipal } from "#lib/auth/credential.ts"
import { requireScope } from "#lib/auth/require-scope.ts"
import { draining } from "#lib/errors.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

import type { Call } from "./call.ts"
import { isChunkedBody, type Reply } from "./reply.ts"
import type { Route } from "./route.ts"

/** Timeout of a check of the caller's rights. */
const checkLimitMs = 5_000

/**
 * Ends a generated body when the caller loses access or the server drains; both are checked whenever
 * the reader pulls.
 */
export function watchChunks(call: Call, route: Route, reply: Reply): Reply {
  const { body } = reply
  if (!isChunkedBody(body)) return reply
  return { ...reply, body: { chunks: whileAllowed(call, route, body.chunks) } }
}

async function* whileAllowed(
  call: Call,
  route: Route,
  chunks: AsyncIterable<string>,
): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    yield chunk
    if (call.runtime.isDraining()) throw draining()
    await withDeadline(checkRights(call, route), checkLimitMs)
  }
}

async function checkRights(call: Call, route: Route): Promise<void> {
  const principal = await requirePrincipal(call.runtime, call, null, true)
  if (route.scope !== null) requireScope(principal, route.scope)
}
