import type { ListPosition } from "#db/queries/conversation-conditions.ts"
import { AppError } from "#lib/errors.ts"
import { parseId } from "#lib/ids.ts"
import type { ConversationSort } from "#lib/protocol/conversations.ts"
import { isStorableTime } from "#lib/protocol/stored-time.ts"

/** The position of a row in a sort order, opaque to clients. */
export function formatListCursor(
  sort: ConversationSort,
  row: { id: string; title: string | null; lastActivityMs: number },
): string {
  const key = sort === "title" ? row.title : row.lastActivityMs
  return Buffer.from(JSON.stringify([sort, key, row.id])).toString("base64url")
}

/** @throws AppError invalid_query when it is not a cursor of this order */
export function parseListCursor(sort: ConversationSort, cursor: string): ListPosition {
  const position = findListPosition(sort, cursor)
  if (position === null) {
    throw new AppError("invalid_query", "The query parameter `cursor` is not one of this list.", {
      field: "cursor",
    })
  }
  return position
}

/** The position a cursor names, or null when it is not a cursor of this order. */
export function findListPosition(sort: ConversationSort, cursor: string): ListPosition | null {
  const value = parseJson(Buffer.from(cursor, "base64url").toString("utf8"))
  if (!Array.isArray(value) || value.length !== 3) return null
  const [cursorSort, key, rawId]: unknown[] = value
  const id = typeof rawId === "string" ? parseId(rawId) : null
  if (cursorSort !== sort || id === null) return null
  return isKeyOf(sort, key) ? { key, id } : null
}

function isKeyOf(sort: ConversationSort, key: unknown): key is number | string | null {
  if (sort === "title") return key === null || (typeof key === "string" && isStorable(key))
  return typeof key === "number" && isStorableTime(key)
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0")
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A forged or damaged cursor: the caller reports it.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
