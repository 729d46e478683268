import type { Metadata } from "next"
import { notFound } from "next/navigation"

import { ReadOnlyThread } from "#components/admin/conversations/read-only-thread.tsx"
import { ReadingBanner } from "#components/admin/conversations/reading-banner.tsx"
import { ReadingHeader } from "#components/admin/conversations/reading-header.tsx"
import { TurnFacts } from "#components/admin/inspector/turn-facts.tsx"
import { TurnInspector } from "#components/admin/inspector/turn-inspector.tsx"
import { inspectTurn } from "#lib/admin/inspect-turn.ts"
import { openConversation, type OpenedConversation } from "#lib/admin/open-conversation.ts"
import { findReadingEnd } from "#lib/admin/reading-end.ts"
import { parseId } from "#lib/ids.ts"
import { readNewestThread } from "#lib/journal/read-newest-thread.ts"
import type { Runtime } from "#lib/runtime.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { requireAdmin } from "../../require-admin.ts"

export const metadata: Metadata = { title: "Conversation" }

interface ReadingPageProps {
  params: Promise<{ id: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ReadingPage({ params, searchParams }: ReadingPageProps) {
  const { runtime, principal } = await requireAdmin()
  const { turn, before, at } = await searchParams
  const turnId = typeof turn === "string" ? parseId(turn) : null
  const via = turnId === null ? "page" : "inspector"
  const opened = await openConversation(runtime, principal, (await params).id, via)
  if (opened === null) notFound()
  return (
    <main
      id="main"
      tabIndex={-1}
      className="flex min-w-0 flex-1 flex-col outline-none max-lg:overflow-y-auto"
    >
      {!opened.isOwn && (
        <ReadingBanner
          ownerName={opened.ownerName}
          auditHref={`/admin/audit?action=conversation.read_as_admin`}
        />
      )}
      {turnId === null ? (
        <Thread
          runtime={runtime}
          opened={opened}
          tenantId={principal.tenantId}
          before={seqOf(before)}
          at={seqOf(at)}
        />
      ) : (
        <Inspector
          runtime={runtime}
          opened={opened}
          tenantId={principal.tenantId}
          turnId={turnId}
        />
      )}
    </main>
  )
}

async function Thread(props: {
  runtime: Runtime
  opened: OpenedConversation
  tenantId: string
  before: number | null
  at: number | null
}) {
  const { runtime, opened, tenantId, before, at } = props
  const { id, snapshot } = opened
  const headSeq = snapshot.lastSeq
  const endSeq =
    at === null
      ? (before ?? Infinity) - 1
      : await findReadingEnd(runtime.db, { tenantId, conversationId: id, seq: at })
  const lastSeq = Math.min(headSeq, endSeq)
  const rows = await readNewestThread(runtime.db, {
    tenantId,
    conversationId: id,
    lastSeq,
    reachSeq: at,
  })
  const firstSeq = rows[0]?.firstSeq ?? 1
  const path = `/admin/conversations/${id}`
  return (
    <>
      <ReadingHeader conversation={null} heading={visibleText(snapshot.title ?? "Untitled")} />
      <ReadOnlyThread
        key={`${before} ${at}`}
        conversationId={id}
        agent={agentOf(opened)}
        rows={rows}
        atSeq={at}
        olderHref={firstSeq > 1 ? `${path}?before=${firstSeq}` : null}
        newestHref={lastSeq < headSeq ? path : null}
      />
    </>
  )
}

async function Inspector(props: {
  runtime: Runtime
  opened: OpenedConversation
  tenantId: string
  turnId: string
}) {
  const { runtime, opened, tenantId, turnId } = props
  const inspected = await inspectTurn(runtime.db, { tenantId, conversationId: opened.id, turnId })
  if (inspected === null) notFound()
  const { turn, timeline, isCut } = inspected
  const path = `/admin/conversations/${opened.id}`
  const turnHref = (id: string | null) => (id === null ? null : `${path}?turn=${id}`)
  return (
    <>
      <ReadingHeader
        conversation={{ href: path, title: opened.snapshot.title ?? "Untitled" }}
        heading={
          <>
            Turn {turn.number}{" "}
            <span className="rounded-1 bg-hover text-micro text-ink-2 ml-1 inline-flex h-5 items-center px-1.5 align-middle font-medium">
              {statusWords(turn)}
            </span>
          </>
        }
        previous={turnHref(turn.previousId)}
        next={turnHref(turn.nextId)}
      />
      <TurnFacts
        turn={turn}
        timeline={timeline}
        agent={agentOf(opened)}
        nowMs={runtime.clock.now()}
      />
      {isCut && (
        <p className="text-ui text-ink-2 mt-3 px-6 max-sm:px-4">
          This turn has more events than fit here: its beginning is shown.
        </p>
      )}
      <TurnInspector key={turn.id} conversationId={opened.id} timeline={timeline} />
    </>
  )
}

function agentOf({ snapshot }: OpenedConversation): { id: string; name: string } {
  return { id: snapshot.agentId, name: snapshot.agentName }
}

function statusWords(turn: { status: string; outcome: string | null; errorCode: string | null }) {
  if (turn.status === "running") return "Running"
  if (turn.status === "queued") return "Queued"
  if (turn.outcome === "error") return turn.errorCode ?? "Failed"
  return turn.outcome === "interrupted" ? "Stopped" : "Done"
}

function seqOf(value: string | string[] | undefined): number | null {
  return typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : null
}
