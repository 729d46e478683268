"use client"

import { useCallback, useRef, useState, type ComponentProps } from "react"

import type { ComposedMessage, ComposerHandle } from "#components/chat/composer/composed-message.ts"
import { Composer } from "#components/chat/composer/composer.tsx"
import { restoreUnsent } from "#components/chat/composer/restore-unsent.ts"
import { OutgoingMessages } from "#components/chat/thread/outgoing-messages.tsx"
import { firstWords, sortTurns } from "#components/chat/thread/sort-turns.ts"
import { Thread } from "#components/chat/thread/thread.tsx"
import { TurnList } from "#components/chat/thread/turn-list.tsx"
import { useFollow } from "#components/chat/thread/use-follow.ts"
import { sendAgain, stopTurn } from "#components/chat/turn/turn-actions.ts"
import type { ChatAgent } from "#components/chat/turn/turn.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { randomUuid } from "#lib/client/random-uuid.ts"
import { stateFromHistory } from "#lib/client/stream/conversation-session.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import type { OwnMessage } from "#lib/transcript/turn-view.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { Announcer } from "./announcer.tsx"
import { ChatFrame, JumpButton } from "./chat-frame.tsx"
import { ChatHeader } from "./chat-header.tsx"
import { ConnectionPill } from "./connection-pill.tsx"
import { useChatKeys } from "./use-chat-keys.ts"
import { useConversation } from "./use-conversation.ts"
import { useRead } from "./use-read.ts"
import { useReadyTitle } from "./use-ready-title.ts"

// Not needed for first paint.
const QueueTray = lazyPart(
  async () => (await import("#components/chat/composer/queue-tray.tsx")).QueueTray,
)
const ClosedNotice = lazyPart(async () => (await import("./closed-notice.tsx")).ClosedNotice)
const Checks = lazyPart(async () => (await import("./self-checks.ts")).Checks)
const DeepLink = lazyPart(
  async () => (await import("#components/chat/thread/deep-link.ts")).DeepLink,
)

interface ChatViewProps {
  conversationId: string
  agent: ChatAgent
  title: string | null
  isReadOnly: boolean
  /** The journal's newest rows, as of `lastSeq`. */
  rows: readonly JournalRow[]
  lastSeq: number
}

/** One open conversation, updated live. */
export function ChatView(props: ChatViewProps) {
  const { conversationId, agent } = props
  const composer = useRef<ComposerHandle>(null)
  const { session, state } = useConversation(
    conversationId,
    () => stateFromHistory(props.rows, props),
    (entry, outcome) => restoreUnsent(composer.current, entry, outcome),
  )
  const { conversation, connection } = state
  const follow = useFollow()
  const { jumpToEnd } = follow
  const { shown, queue, running } = sortTurns(conversation.turns)
  const title = visibleText(conversation.title ?? firstWords(shown[0]) ?? "New chat")
  useRead({
    id: conversationId,
    lastSeq: conversation.lastSeq,
    isRunning: running !== null,
    isAtEnd: !follow.isAway,
  })
  useReadyTitle(title, running !== null)

  const send = useCallback(
    async (message: ComposedMessage, onStored: () => void) => {
      jumpToEnd()
      return await session.send(message, onStored)
    },
    [session, jumpToEnd],
  )
  const retry = useCallback(
    (message: OwnMessage) => void sendAgain(conversationId, message, send, composer.current),
    [conversationId, send],
  )
  const takeFiles = useCallback((files: readonly File[]) => composer.current?.addFiles(files), [])
  const proceed = useCallback(
    () => void send({ key: randomUuid(), text: "Continue.", files: [] }, () => {}),
    [send],
  )
  const stop = running === null ? null : () => void stopTurn(conversationId, running.id)
  useChatKeys({ stop, newest: shown.at(-1) })

  const loadOlder = useCallback(() => void session.loadOlder(), [session])
  const hasOlder = conversation.firstSeq !== null && conversation.firstSeq > 1
  const older = hasOlder ? { state: state.older, load: loadOlder } : null
  const [linkedTurn, setLinkedTurn] = useState<string | null>(null)
  const isOnline = connection === "live" || connection === "connecting"
  const mayWrite = !props.isReadOnly && state.closedStatus === null
  return (
    <ChatFrame
      header={<ChatHeader title={title} id={conversationId} />}
      pill={
        <ConnectionPill
          isLive={isOnline || state.closedStatus !== null}
          isRunning={running !== null}
        />
      }
      onFiles={mayWrite ? takeFiles : null}
      jump={follow.isAway && <JumpButton isRunning={running !== null} onJump={follow.jumpToEnd} />}
      thread={
        <Thread follow={follow} older={older}>
          <TurnList
            turns={shown}
            conversationId={conversationId}
            agent={agent}
            isOnline={isOnline}
            linkedTurn={linkedTurn}
            onRetry={mayWrite ? retry : null}
            onContinue={mayWrite ? proceed : null}
          />
          {running === null && (
            <OutgoingMessages outgoing={conversation.outgoing} onCancel={session.cancel} />
          )}
          <Checks conversationId={conversationId} session={session} state={state} />
          <DeepLink
            conversation={conversation}
            older={older}
            showAt={follow.showAt}
            drawnTurn={linkedTurn}
            onTurn={setLinkedTurn}
          />
          <Announcer
            runningTurn={running?.id ?? null}
            hasFailed={shown.at(-1)?.ending?.kind === "error"}
          />
        </Thread>
      }
      composer={
        mayWrite ? (
          <Composer
            ref={composer}
            agentName={agent.name}
            placeholder={
              running === null
                ? `Reply to ${agent.name}`
                : `Add a follow-up. It is sent when ${agent.name} finishes`
            }
            draftName={conversationId}
            isAccepted={(key) =>
              conversation.turns.some((t) => t.view.message?.idempotencyKey === key)
            }
            focusesAtStart
            onSend={send}
            onStop={stop}
            tray={
              <Queue
                turns={queue}
                outgoing={running === null ? [] : conversation.outgoing}
                conversationId={conversationId}
                composer={composer}
              />
            }
          />
        ) : (
          <ClosedNotice status={state.closedStatus} fallback="This conversation is closed." />
        )
      }
    />
  )
}

function Queue(props: ComponentProps<typeof QueueTray>) {
  if (props.turns.length + props.outgoing.length === 0) return null
  const texts = [
    ...props.turns.map((turn) => turn.message?.text ?? ""),
    ...props.outgoing.map((sent) => sent.text),
  ]
  return (
    <QueueTray
      {...props}
      fallback={<p className="px-4 py-2.5 whitespace-pre-wrap">{visibleText(texts.join("\n"))}</p>}
    />
  )
}
