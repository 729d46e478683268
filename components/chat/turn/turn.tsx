"use client"

import { memo } from "react"

import { AgentMark } from "#components/ui/agent-mark.tsx"
import { lazyPart } from "#components/ui/lazy-part.tsx"
import { api } from "#lib/client/api/api.ts"
import type { Block, OwnMessage as Message, TurnView } from "#lib/transcript/turn-view.ts"

import { AnswerText } from "./answer-text.tsx"
import { OwnMessage, type ShownFile } from "./own-message.tsx"
import { Steps } from "./steps.tsx"
import { EndingNote, FinishedFooter, RunningFooter } from "./turn-footers.tsx"

const ErrorBlock = lazyPart(async () => (await import("./error-block.tsx")).ErrorBlock)

export interface ChatAgent {
  id: string
  name: string
}

interface TurnProps {
  turn: TurnView
  conversationId: string
  agent: ChatAgent
  isLatest: boolean
  isOnline: boolean
  /** An administrator is reading another person's conversation. */
  isAdminView?: boolean
  /** Null in read-only views. */
  onRetry: ((message: Message) => void) | null
  onContinue: (() => void) | null
}

/** One message and its answer. */
export const Turn = memo(function Turn(props: TurnProps) {
  const { turn, conversationId, agent, isLatest, isOnline, onRetry, onContinue } = props
  const { message, ending } = turn
  const retry = onRetry === null || message === null ? undefined : () => onRetry(message)
  const isStopped = ending?.kind === "final" && ending.stopReason === "interrupted"
  const isLive = turn.phase !== "ended"
  return (
    <>
      {message !== null && (
        <OwnMessage
          text={message.text}
          files={filesOf(conversationId, message, props.isAdminView === true)}
          atMs={message.atMs}
          seq={message.seq}
        />
      )}
      <article aria-label={agent.name} className="group mt-8 first:mt-0">
        <p className="text-ui text-ink-2 mb-3 flex items-center gap-2 font-medium">
          <AgentMark agentId={agent.id} /> {agent.name}
        </p>
        <div className="space-y-4">
          {turn.blocks.map((block, index) => (
            <div key={block.seq} data-seq={block.seq} className="scroll-mt-6">
              <AnswerBlock block={block} isLive={isLive && index === turn.blocks.length - 1} />
            </div>
          ))}
        </div>
        {ending?.kind === "error" && (
          <ErrorBlock
            ending={ending}
            turnId={turn.id}
            hasText={turn.blocks.some((block) => block.kind === "text")}
            onRetry={retry}
            fallback={<p className="mt-5 font-medium">{ending.message}</p>}
          />
        )}
        <EndingNote turn={turn} />
        {isLive ? (
          <RunningFooter turn={turn} agentName={agent.name} isOnline={isOnline} />
        ) : (
          <FinishedFooter
            turn={turn}
            isLatest={isLatest}
            onRetry={retry}
            onContinue={isStopped && isLatest ? (onContinue ?? undefined) : undefined}
          />
        )}
      </article>
    </>
  )
})

function AnswerBlock({ block, isLive }: { block: Block; isLive: boolean }) {
  switch (block.kind) {
    case "text":
      return <AnswerText text={block.text} isLive={isLive} />
    case "steps":
      return <Steps steps={block.steps} isLive={isLive} />
    case "nudge":
      return <OwnMessage text={block.text} files={[]} atMs={null} />
  }
}

function filesOf(conversationId: string, message: Message, isAdminView: boolean): ShownFile[] {
  const view = isAdminView ? "?view=admin" : ""
  return message.attachments.map((file) => ({
    name: file.filename,
    type: file.content_type,
    sizeBytes: file.size_bytes,
    href: api.attachmentUrl(conversationId, file.attachment_id) + view,
  }))
}
