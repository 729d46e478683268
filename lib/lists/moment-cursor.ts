import { AppError } from "#lib/errors.ts"
import { parseId } from "#lib/ids.ts"
import { isStorableTime } from "#lib/protocol/stored-time.ts"

/** The position of a row in an order by time and id. */
interface MomentPosition {
  ms: number
  id: string
}

/** Opaque to clients. */
export function formatMomentCursor(row: MomentPosition): string {
  return Buffer.from(JSON.stringify([row.ms, row.id])).toString("base64url")
}

/** @throws AppError invalid_query for an invalid cursor */
export function parseMomentCursor(cursor: string | undefined): MomentPosition | null {
  if (cursor === undefined) return null
  const position = read(cursor)
  if (position !== null) return position
  throw new AppError("invalid_query", "The query parameter `cursor` is not one of this list.", {
    field: "cursor",
  })
}

/** A cursor from a page's address; an invalid one is dropped, so the page shows its beginning. */
export function validMomentCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined || read(cursor) === null ? undefined : cursor
}

function read(cursor: string): MomentPosition | null {
  const text = Buffer.from(cursor.slice(0, 200), "base64url").toString("utf8")
  const match = /^\[(-?\d{1,16}),"([0-9a-f-]{36})"\]$/.exec(text)
  const id = parseId(match?.[2] ?? "")
  const ms = Number(match?.[1])
  return id === null || !isStorableTime(ms) ? null : { ms, id }
}
