"use client"

import { CornerDownRight, Pencil, RotateCw, Trash2, X } from "lucide-react"
import type { ReactNode, RefObject } from "react"

import { percent } from "#components/chat/turn/format.ts"
import { useStudio } from "#components/studio/studio-context.tsx"
import { IconButton } from "#components/ui/button.tsx"
import type { Outgoing } from "#lib/transcript/reduce-events.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import type { ComposerHandle } from "./composed-message.ts"
import { useQueueEdits } from "./use-queue-edits.ts"

interface QueueTrayProps {
  turns: readonly TurnView[]
  /** Sent while a turn runs, not accepted yet. */
  outgoing: readonly Outgoing[]
  conversationId: string
  /** Receives the text of a queued message that is edited. */
  composer: RefObject<ComposerHandle | null>
}

/** Messages queued behind the running turn. */
export function QueueTray({ turns, outgoing, conversationId, composer }: QueueTrayProps) {
  const { edit, remove } = useQueueEdits(conversationId, composer)
  const { outbox } = useStudio()
  return (
    <ol className="bg-sunken rounded-t-[11px] border-b" aria-label="Queued messages">
      {turns.map((turn, index) => (
        <Row
          key={turn.id}
          text={turn.message?.text || namesOf(turn)}
          note={index === 0 ? "sends next" : ""}
        >
          <IconButton label="Edit queued message" size="icon-small" onClick={() => edit(turn)}>
            <Pencil size={16} aria-hidden />
          </IconButton>
          <IconButton label="Delete queued message" size="icon-small" onClick={() => remove(turn)}>
            <Trash2 size={16} aria-hidden />
          </IconButton>
        </Row>
      ))}
      {outgoing.map((sent) => (
        <Row
          key={sent.key}
          text={sent.text || sent.files.map((file) => file.name).join(", ")}
          note={noteOf(sent)}
        >
          {sent.isRetrying && (
            <IconButton label="Try now" size="icon-small" onClick={() => outbox.tryNow()}>
              <RotateCw size={16} aria-hidden />
            </IconButton>
          )}
          {(sent.isRetrying || sent.sentShare !== null) && (
            <IconButton
              label="Take it back"
              size="icon-small"
              onClick={() => outbox.cancel(sent.key)}
            >
              <X size={16} aria-hidden />
            </IconButton>
          )}
        </Row>
      ))}
    </ol>
  )
}

function Row(props: { text: string; note: string; children?: ReactNode }) {
  return (
    <li className="text-ui flex min-h-10 items-center gap-2.5 pr-2 pl-4 not-first:border-t">
      <CornerDownRight size={16} aria-hidden className="text-ink-3 flex-none" />
      <span className="flex-1 truncate">{visibleText(props.text)}</span>
      <span className="text-micro text-ink-3 whitespace-nowrap max-sm:hidden">{props.note}</span>
      <span className="flex">{props.children}</span>
    </li>
  )
}

function noteOf({ isRetrying, sentShare }: Outgoing): string {
  if (isRetrying) return "not sent yet, trying again"
  return sentShare === null ? "sending…" : `sending… ${percent(sentShare)}`
}

function namesOf(turn: TurnView): string {
  return (turn.message?.attachments ?? []).map((file) => file.filename).join(", ")
}
