import {
  findConversationSnapshot,
  type ConversationSnapshot,
} from "#db/queries/conversation-snapshot.ts"
import { noteConversationRead } from "#lib/audit/note-admin-read.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { parseId } from "#lib/ids.ts"
import type { Runtime } from "#lib/runtime.ts"

import { pageActor } from "./page-actor.ts"

export interface OpenedConversation {
  id: string
  snapshot: ConversationSnapshot
  ownerName: string
  /** The administrator takes part: nothing was noted. */
  isOwn: boolean
}

/**
 * A conversation of the tenant for an administrator's page; that they read it, and whose it is, is
 * on record before anything is shown.
 * @returns null when it is missing or no id
 */
export async function openConversation(
  runtime: Runtime,
  principal: Principal,
  wanted: string,
  via: "page" | "inspector",
): Promise<OpenedConversation | null> {
  const id = parseId(wanted)
  if (id === null) return null
  const snapshot = await findConversationSnapshot(runtime.db, viewerOf(principal, "admin"), id)
  if (snapshot === null) return null
  await noteConversationRead(runtime.db, pageActor(principal), id, via)
  const owner = snapshot.people.find((person) => person.userId === snapshot.ownerId)
  return { id, snapshot, ownerName: owner?.name ?? "somebody", isOwn: snapshot.readSeq !== null }
}
