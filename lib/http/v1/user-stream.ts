import { AppError } from "#lib/errors.ts"
import type { StreamStart } from "#lib/live/reader.ts"
import { attachUserStream } from "#lib/live/user-stream.ts"
import { parseCursor } from "#lib/protocol/cursor.ts"
import { limits } from "#lib/protocol/limits.ts"
import { userStreamQuery } from "#lib/protocol/messages.ts"

import { route } from "../route.ts"
import { streamHeaders, toScope } from "./stream.ts"

export const userStream = route({
  method: "GET",
  path: "/v1/api/stream",
  summary: "The events of several conversations, and how the caller's list changes",
  scope: "conversations:read",
  query: userStreamQuery,
  replies: { 200: { description: "Server-sent events.", contentTypes: ["text/event-stream"] } },
  async run({ runtime, principal, query }) {
    const { tenantId, userId, credential } = principal
    const asked = toStarts(query.since ?? "")
    const known = await runtime.changes.readKnown({ tenantId, userId }, [...asked.keys()])
    const open = attachUserStream(runtime, {
      tenantId,
      userId,
      starts: new Map([...asked].filter(([id]) => known.has(id))),
      missing: [...asked.keys()].filter((id) => !known.has(id)),
      scope: toScope(principal, query.scope),
      known,
    })
    const grant = {
      tenantId,
      userId,
      conversationId: null,
      credentialKind: credential.kind,
      credentialId: credential.id,
      isAdminView: false,
    }
    return { status: 200, headers: streamHeaders, body: { open, grant } }
  },
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Parses `since`. Any cursor may follow an id: unknown cursors, or two for the same conversation, are
 * answered with `stale`.
 * @throws AppError invalid_query for an invalid conversation id, or too many
 */
export function toStarts(since: string): Map<string, StreamStart> {
  const starts = new Map<string, StreamStart>()
  for (const entry of since === "" ? [] : since.toLowerCase().split(",")) {
    const [id = "", ...cursors] = entry.split(":")
    if (!uuid.test(id)) throw invalidSince("must be conversation:seq, joined by commas")
    starts.set(id, starts.has(id) ? { kind: "unknown" } : toStart(cursors))
  }
  if (starts.size > limits.followedConversationsMax) {
    throw invalidSince(`names more than ${limits.followedConversationsMax} conversations`)
  }
  return starts
}

function toStart(cursors: readonly string[]): StreamStart {
  const [cursor] = cursors
  if (cursor === undefined) return { kind: "live" }
  const seq = cursors.length === 1 ? parseCursor(cursor) : null
  return seq === null ? { kind: "unknown" } : { kind: "after", seq }
}

function invalidSince(problem: string): AppError {
  return new AppError("invalid_query", `The query parameter \`since\` ${problem}.`, {
    field: "since",
  })
}
