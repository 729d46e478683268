"use client"

import { ArrowUpLeft } from "lucide-react"
import { useRouter } from "next/navigation"
import { useCallback, useEffect, useRef, useState, type RefObject } from "react"

import type { ComposedMessage, ComposerHandle } from "#components/chat/composer/composed-message.ts"
import { Composer } from "#components/chat/composer/composer.tsx"
import { restoreUnsent } from "#components/chat/composer/restore-unsent.ts"
import { SendingNote } from "#components/chat/composer/sending-note.tsx"
import { preloadMarkdown } from "#components/chat/turn/answer-text.tsx"
import { OwnMessage } from "#components/chat/turn/own-message.tsx"
import { useStudio } from "#components/studio/studio-context.tsx"
import type { Outbox } from "#lib/client/outbox/outbox.ts"
import type { SubmitOutcome } from "#lib/client/outbox/submit.ts"
import type { AgentDetails } from "#lib/protocol/agents.ts"
import type { SentShare } from "#lib/transcript/reduce-events.ts"

import { AgentPicker } from "./agent-picker.tsx"
import { ChatFrame, ComposerHint, dockLook } from "./chat-frame.tsx"
import { ChatHeader } from "./chat-header.tsx"
import { DropHint } from "./drop-hint.tsx"
import { useFileDrop } from "./use-file-drop.ts"
import { useQuestionInAddress } from "./use-question-in-address.ts"

const ideas = ["What can you do?", "What is 18 % of 2,450?", "What time is it in Tokyo right now?"]

interface FirstMessage extends ComposedMessage {
  isRetrying: boolean
  sentShare: SentShare
}

/** A new conversation; its first message creates it. */
export function NewChat({ agents }: { agents: readonly AgentDetails[] }) {
  const composer = useRef<ComposerHandle>(null)
  const [agent, setAgent] = useState(agents.find((candidate) => candidate.is_default) ?? agents[0])
  const { sending, start, takeBack } = useFirstMessage(composer)
  useQuestionInAddress(composer)
  useEffect(preloadMarkdown, [])
  const takeFiles = useCallback((files: readonly File[]) => composer.current?.addFiles(files), [])
  const isOver = useFileDrop(sending === null ? takeFiles : null)
  if (agent === undefined) {
    return (
      <ChatFrame
        header={<ChatHeader title={null} />}
        thread={<p className="text-ink-2 m-auto p-6">There’s no agent yet.</p>}
        composer={null}
        onFiles={null}
      />
    )
  }
  const name = agent.display_name
  const isBegun = sending !== null
  // The composer stays mounted, so a refused message returns to the instance that sent it.
  return (
    <main id="main" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col outline-none">
      <ChatHeader title={isBegun ? "New chat" : null} />
      <div
        className={
          isBegun
            ? "flex min-h-0 flex-1 flex-col"
            : "grid flex-1 overflow-y-auto pt-6 sm:items-center"
        }
      >
        <div
          className={
            isBegun
              ? "contents"
              : "mx-auto flex w-full max-w-(--w-composer) flex-col px-4 pb-8 sm:pb-16"
          }
        >
          {isBegun ? (
            <FirstThread message={sending} onCancel={() => takeBack(sending.key)} />
          ) : (
            <h1 className="text-display mb-6 px-4 font-serif text-balance max-sm:px-0">
              What should {name} look into?
            </h1>
          )}
          <div className={isBegun ? dockLook : ""}>
            <Composer
              ref={composer}
              agentName={name}
              placeholder={`Ask ${name} anything, or drop files here`}
              draftName="new"
              focusesAtStart
              onSend={(message, onStored) => start(agent.id, message, onStored)}
              onStop={null}
            />
            {isBegun && <ComposerHint />}
          </div>
          {!isBegun && (
            <>
              <AgentPicker agents={agents} chosen={agent.id} onChoose={setAgent} />
              <Ideas onPick={(idea) => composer.current?.restore(idea, [])} />
            </>
          )}
        </div>
      </div>
      {isOver && <DropHint />}
    </main>
  )
}

/** A preview of the thread until the conversation's own page takes over. */
function FirstThread({ message, onCancel }: { message: FirstMessage; onCancel: () => void }) {
  const files = message.files.map((file) => ({
    name: file.filename,
    type: file.content_type,
    sizeBytes: file.sizeBytes,
  }))
  return (
    <div className="flex-1 overflow-y-auto">
      <div className="mx-auto w-full max-w-(--w-column) pt-6 max-[calc(46rem+48px)]:px-4">
        <OwnMessage
          text={message.text}
          files={files}
          atMs={null}
          note={<SendingNote sent={{ ...message, isAccepted: false }} onCancel={onCancel} />}
        />
      </div>
    </div>
  )
}

function Ideas({ onPick }: { onPick: (idea: string) => void }) {
  return (
    <section className="mt-6" aria-labelledby="try">
      <h2 id="try" className="text-micro text-ink-3 px-4 pb-1 font-medium max-sm:px-0">
        Try
      </h2>
      <ul className="sm:px-4">
        {ideas.map((idea) => (
          <li key={idea} className="border-b last:border-0">
            <button
              type="button"
              className="text-ink-2 hover:text-ink flex min-h-11 w-full items-center gap-3 py-2 text-left"
              onClick={() => onPick(idea)}
            >
              <span className="flex-1">{idea}</span>
              <ArrowUpLeft size={16} aria-hidden className="text-ink-3" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Sends the first message of a conversation and navigates to its page. */
function useFirstMessage(composer: RefObject<ComposerHandle | null>) {
  const router = useRouter()
  const { list, outbox } = useStudio()
  const [sending, setSending] = useState<FirstMessage | null>(null)
  const isHere = useRef(true)
  useEffect(() => {
    isHere.current = true
    void restoreRefused(outbox, composer)
    return () => {
      isHere.current = false
    }
  }, [outbox, composer])

  async function start(
    agentId: string,
    message: ComposedMessage,
    onStored: () => void,
  ): Promise<SubmitOutcome> {
    setSending({ ...message, isRetrying: false, sentShare: null })
    const outcome = await outbox.send(
      { ...message, destination: { kind: "new", agentId } },
      {
        onStored,
        onRetrying: () => setSending({ ...message, isRetrying: true, sentShare: null }),
        onProgress: (sentShare) => setSending({ ...message, isRetrying: false, sentShare }),
      },
    )
    if (outcome.outcome !== "accepted") {
      setSending(null)
      return outcome
    }
    void list.refresh()
    // Do not navigate away a reader who has moved on.
    if (isHere.current) router.push(`/c/${outcome.conversationId}`)
    return outcome
  }

  return { sending, start, takeBack: (key: string) => outbox.cancel(key) }
}

/** Restores first messages of an earlier page that the server refused. */
async function restoreRefused(
  outbox: Outbox,
  composer: RefObject<ComposerHandle | null>,
): Promise<void> {
  const left = await outbox.resume(
    ({ destination, refusal }) => destination.kind === "new" && refusal !== null,
    () => ({ onStored: () => {}, onRetrying: () => {} }),
  )
  for (const { entry, outcome } of left) restoreUnsent(composer.current, entry, await outcome)
}
