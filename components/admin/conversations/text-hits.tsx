import Link from "next/link"

import { LocalTime } from "#components/admin/lists/local-time.tsx"
import { AgentMark } from "#components/ui/agent-mark.tsx"
import { Marked } from "#components/ui/marked.tsx"
import type { TextHit } from "#lib/protocol/admin.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

const kindWords = { message: "asked", answer: "answered" } as const

/** Search hits; each links to its place in the conversation. */
export function TextHits({ hits, nowMs }: { hits: readonly TextHit[]; nowMs: number }) {
  return (
    <ol aria-label="Texts" className="tabular-nums">
      {hits.map((hit) => (
        <li
          key={`${hit.conversationId}:${hit.seq}`}
          className="hover:bg-sunken relative border-b px-6 py-2.5 max-sm:px-4"
        >
          <p className="text-ui flex items-baseline gap-3">
            <Link
              href={`/admin/conversations/${hit.conversationId}?at=${hit.seq}`}
              prefetch={false}
              className="truncate font-medium underline-offset-2 after:absolute after:inset-0 hover:underline"
            >
              {visibleText(hit.title ?? "Untitled")}
            </Link>
            <span className="text-ink-3 ml-auto flex-none whitespace-nowrap">
              <LocalTime ms={hit.atMs} nowMs={nowMs} />
            </span>
          </p>
          <p className="mt-0.5 [overflow-wrap:anywhere]">
            <Marked text={hit.snippet.text} matches={hit.snippet.matches} />
          </p>
          <p className="text-ui text-ink-3 mt-0.5 flex min-w-0 items-center gap-1.5">
            {hit.kind === "answer" && <AgentMark agentId={hit.agentId} size={12} />}
            <span className="truncate">
              {visibleText(
                hit.kind === "answer"
                  ? `${hit.agentName} ${kindWords.answer} ${hit.ownerName}`
                  : `${hit.ownerName} ${kindWords.message} ${hit.agentName}`,
              )}
            </span>
          </p>
        </li>
      ))}
    </ol>
  )
}
