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
  /** The administrator is a participant, so the read was not audited. */
  isOwn: boolean
}

/**
 * A conversation of the tenant for an administrator's page. The audit record of the read, which names
 * the owner, is written before anything is shown.
 * @returns null when it is missing or not an id
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
