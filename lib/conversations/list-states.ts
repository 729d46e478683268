import type { Database } from "#db/client.ts"
import {
  listNamedStates,
  listNewestStates,
  type ConversationStateRow,
} from "#db/queries/conversation-states.ts"
import type { ConversationState } from "#lib/protocol/conversations.ts"

import { toConversationItem } from "./conversation-item.ts"

/** A list's first page, plus a margin. */
const newestMax = 50

interface Viewer {
  tenantId: string
  userId: string
}

interface ListedState {
  userId: string
  conversationId: string
  json: string
}

/** The source of `conversation` events: people's conversations in list form. */
export function createStateSource(db: Database) {
  return {
    async listNewest(viewers: readonly Viewer[]): Promise<ListedState[]> {
      return (await listNewestStates(db, viewers, newestMax)).map(toListedState)
    },
    async listNamed(viewers: readonly Viewer[], ids: readonly string[]): Promise<ListedState[]> {
      return (await listNamedStates(db, viewers, ids)).map(toListedState)
    },
  }
}

function toListedState(row: ConversationStateRow): ListedState {
  const { title, preview } = row
  const state: ConversationState = { ...toConversationItem(row), title, last_text: preview }
  return { userId: row.userId, conversationId: row.id, json: JSON.stringify(state) }
}
