"use client"

import { ArrowUpLeft } from "lucide-react"
import { useRouter } from "next/navigation"
import { useCallback, useEffect, useRef, useState } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { api, isApiError } from "#lib/client/api.ts"
import { submitMessage, type SubmitOutcome } from "#lib/client/submit.ts"
import type { AgentDetails } from "#lib/protocol/agents.ts"

import { AgentPicker } from "./agent-picker.tsx"
import { preloadMarkdown } from "./answer-text.tsx"
import { ChatFrame } from "./chat-frame.tsx"
import { ChatHeader } from "./chat-header.tsx"
import type { ComposedMessage, ComposerHandle } from "./composed-message.ts"
import { Composer } from "./composer.tsx"
import { DropHint } from "./drop-hint.tsx"
import { OwnMessage } from "./own-message.tsx"
import { useAsked } from "./use-asked.ts"
import { useFileDrop } from "./use-file-drop.ts"

const ideas = ["What can you do?", "What is 18 % of 2,450?", "What time is it in Tokyo right now?"]

/** A conversation that begins with its first message. */
export function NewChat({ agents }: { agents: readonly AgentDetails[] }) {
  const composer = useRef<ComposerHandle>(null)
  const [agent, setAgent] = useState(agents.find((candidate) => candidate.is_default) ?? agents[0])
  const { sending, start } = useFirstMessage()
  useAsked(composer)
  useEffect(preloadMarkdown, [])
  const takeFiles = useCallback((files: readonly File[]) => composer.current?.addFiles(files), [])
  const isOver = useFileDrop(sending === null ? takeFiles : null)
  if (agent === undefined) {
    return (
      <ChatFrame
        header={<ChatHeader title={null} />}
        thread={<p className="text-ink-2 m-auto p-6">There is no agent to talk to yet.</p>}
        composer={null}
        onFiles={null}
      />
    )
  }
  const name = agent.display_name
  const field = (
    <Composer
      ref={composer}
      agentName={name}
      placeholder={`Ask ${name} anything, or drop files here`}
      draftName="new"
      focusesAtStart
      onSend={(message) => start(agent.id, message)}
      onStop={null}
    />
  )
  if (sending !== null) return <FirstMessage message={sending} composer={field} />
  return (
    <main id="main" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col outline-none">
      <ChatHeader title={null} />
      <div className="grid flex-1 overflow-y-auto pt-6 sm:items-center">
        <div className="mx-auto flex w-full max-w-(--w-composer) flex-col px-4 pb-8 sm:pb-16">
          <h1 className="text-display mb-6 px-4 font-serif text-balance max-sm:px-0">
            What should {name} look into?
          </h1>
          {field}
          <AgentPicker agents={agents} chosen={agent.id} onChoose={setAgent} />
          <Ideas onPick={(idea) => composer.current?.restore(idea, [])} />
        </div>
      </div>
      {isOver && <DropHint />}
    </main>
  )
}

/** The thread as it will be, until the conversation's own page takes over. */
function FirstMessage(props: { message: ComposedMessage; composer: React.ReactNode }) {
  const { message, composer } = props
  const files = message.files.map((file) => ({
    name: file.filename,
    type: file.content_type,
    sizeBytes: file.sizeBytes,
  }))
  return (
    <ChatFrame
      header={<ChatHeader title="New chat" />}
      thread={
        <div className="flex-1 overflow-y-auto">
          <div className="mx-auto w-full max-w-(--w-column) pt-6 max-[calc(46rem+48px)]:px-4">
            <OwnMessage text={message.text} files={files} atMs={null} note="Sending…" />
          </div>
        </div>
      }
      composer={composer}
      onFiles={null}
    />
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

/** Makes the conversation, sends its first message, and goes to its page. */
function useFirstMessage() {
  const router = useRouter()
  const { list } = useStudio()
  const [sending, setSending] = useState<ComposedMessage | null>(null)
  // A conversation that was made for a message that was then refused is used for the next one.
  const made = useRef<{ agentId: string; id: string } | null>(null)

  async function start(agentId: string, message: ComposedMessage): Promise<SubmitOutcome> {
    setSending(message)
    const outcome = await deliver(agentId, message)
    if (outcome.outcome !== "accepted") {
      setSending(null)
      return outcome
    }
    void list.refresh()
    router.push(`/c/${made.current?.id}`)
    return outcome
  }

  async function deliver(agentId: string, message: ComposedMessage): Promise<SubmitOutcome> {
    try {
      if (made.current?.agentId !== agentId) {
        made.current = { agentId, id: (await api.createConversation(agentId)).id }
      }
    } catch (error) {
      if (!isApiError(error)) throw error
      const { status, code, message: text } = error
      return { outcome: "refused", status, code, message: text }
    }
    return await submitMessage(
      {
        conversationId: made.current.id,
        text: message.text,
        attachments: message.files,
        idempotencyKey: message.key,
      },
      { signal: new AbortController().signal, onRetrying: () => {} },
    )
  }

  return { sending, start }
}
