"use client"

import { useCallback, type RefObject } from "react"

import { notify } from "#components/ui/notify.ts"
import { api, isApiError } from "#lib/client/api/api.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"

import type { ComposerHandle } from "./composed-message.ts"
import { fetchFile } from "./composer-files.ts"

/** Withdraws queued messages, to edit or to discard them. */
export function useQueueEdits(conversationId: string, composer: RefObject<ComposerHandle | null>) {
  const edit = useCallback(
    (turn: TurnView) => void editQueued(conversationId, turn.id, composer),
    [conversationId, composer],
  )
  const remove = useCallback(
    (turn: TurnView) => void withdraw(conversationId, turn.id),
    [conversationId],
  )
  return { edit, remove }
}

async function editQueued(
  conversationId: string,
  turnId: string,
  composer: RefObject<ComposerHandle | null>,
): Promise<void> {
  const withdrawn = await withdraw(conversationId, turnId)
  if (withdrawn === null) return
  // Restore the text first: it must return even when a file fails to load.
  composer.current?.restore(withdrawn.text, [])
  try {
    const files = await Promise.all(
      withdrawn.attachments.map((ref) => fetchFile(conversationId, ref)),
    )
    if (files.length > 0) composer.current?.restore("", files)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    void notify("The files of the message could not be fetched. Attach them again.")
  }
}

async function withdraw(
  conversationId: string,
  turnId: string,
): Promise<{ text: string; attachments: AttachmentRef[] } | null> {
  try {
    return await api.withdraw(conversationId, turnId)
  } catch (error) {
    if (!isApiError(error)) throw error
    void notify(error.code === "turn_started" ? "It has started already." : error.message)
    return null
  }
}
