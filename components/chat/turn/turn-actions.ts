import type { ComposerHandle, Send } from "#components/chat/composer/composed-message.ts"
import { fetchFile } from "#components/chat/composer/composer-files.ts"
import { notify } from "#components/ui/notify.ts"
import { api, isApiError } from "#lib/client/api/api.ts"
import { randomUuid } from "#lib/client/random-uuid.ts"
import type { OwnMessage } from "#lib/transcript/turn-view.ts"

/** Stops exactly this turn, so a second click cannot hit the next one. */
export async function stopTurn(conversationId: string, turnId: string): Promise<void> {
  try {
    await api.interrupt(conversationId, turnId)
  } catch (error) {
    if (!isApiError(error)) throw error
    void notify(`Not stopped. ${error.message}`)
  }
}

/** Resends the same text and files as a new message. */
export async function sendAgain(
  conversationId: string,
  message: OwnMessage,
  send: Send,
  composer: ComposerHandle | null,
): Promise<void> {
  try {
    const files = await Promise.all(
      message.attachments.map((ref) => fetchFile(conversationId, ref)),
    )
    const outcome = await send({ key: randomUuid(), text: message.text, files }, () => {})
    if (outcome.outcome !== "refused") return
    composer?.restore(message.text, files)
    void notify(`Not sent. ${outcome.message}`)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    void notify("The files of the message could not be fetched. Try again.")
  }
}
