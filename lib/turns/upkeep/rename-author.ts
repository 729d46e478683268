import { z } from "zod"

import { formerMember } from "#lib/protocol/people.ts"

const authored = z.looseObject({ author: z.looseObject({ user_id: z.string() }) })

/**
 * The payload of a message or nudge as it stands once its author is a former member.
 * @returns null when somebody else wrote it
 */
export function renameAuthor(payload: string, userId: string): string | null {
  const event = authored.parse(JSON.parse(payload))
  if (event.author.user_id !== userId) return null
  const { avatar_url: _gone, ...author } = event.author
  return JSON.stringify({ ...event, author: { ...author, name: formerMember } })
}
