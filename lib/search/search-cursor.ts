import { z } from "zod"

import type { SearchPosition } from "#db/queries/search.ts"
import { AppError } from "#lib/errors.ts"
import { parseId } from "#lib/ids.ts"
import { isStorableTime } from "#lib/protocol/stored-time.ts"

const position = z.tuple([
  z.number().refine(isStorableTime),
  z.guid(),
  z.int().min(0).max(Number.MAX_SAFE_INTEGER),
])

/** The place of a hit, opaque to clients. */
export function formatSearchCursor({ atMs, conversationId, seq }: SearchPosition): string {
  return Buffer.from(JSON.stringify([atMs, conversationId, seq])).toString("base64url")
}

/** @throws AppError invalid_query */
export function parseSearchCursor(cursor: string): SearchPosition {
  const found = findSearchPosition(cursor)
  if (found !== null) return found
  throw new AppError("invalid_query", "The query parameter `cursor` is not one of this search.", {
    field: "cursor",
  })
}

/** Null for a cursor that is none. */
export function findSearchPosition(cursor: string): SearchPosition | null {
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")))
  const conversationId = parsed.success ? parseId(parsed.data[1]) : null
  if (!parsed.success || conversationId === null) return null
  return { atMs: parsed.data[0], conversationId, seq: parsed.data[2] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A forged or damaged cursor; the caller reports it.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
