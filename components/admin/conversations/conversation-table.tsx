import { CircleX } from "lucide-react"
import Link from "next/link"

import { LocalTime } from "#components/admin/lists/local-time.tsx"
import { costWords, count, shortCount } from "#components/admin/usage/amounts.ts"
import { traceWords, turnTime } from "#components/chat/turn/format.ts"
import { AgentMark } from "#components/ui/agent-mark.tsx"
import { RunningMark, TraceStrip } from "#components/ui/trace-strip.tsx"
import type { BrowsedConversation } from "#lib/transcript/browsed-conversation.ts"
import { totalMs } from "#lib/transcript/trace.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

/** All rows share one scale; longer conversations fill the column. */
const scaleFloorMs = 10_000
const scaleMaxMs = 60_000

const headLook =
  "bg-paper text-micro text-ink-3 sticky top-0 z-10 h-8 border-b px-3 text-left font-medium whitespace-nowrap first:pl-6 last:pr-6 max-sm:first:pl-4 max-sm:last:pr-4"
const cellLook = "h-9 border-b px-3 whitespace-nowrap first:pl-6 last:pr-6 max-sm:hidden"

interface ConversationTableProps {
  rows: readonly BrowsedConversation[]
  nowMs: number
  caption: string
}

/** On phones a row shows title and status; the other values move below the title. */
export function ConversationTable({ rows, nowMs, caption }: ConversationTableProps) {
  const longestMs = Math.max(scaleFloorMs, ...rows.map((row) => totalMs(row.trace)))
  const scaleMs = Math.min(scaleMaxMs, longestMs)
  return (
    <table className="text-ui w-full border-separate border-spacing-0 tabular-nums">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col" className={`${headLook} max-sm:hidden`}>
            Last activity
          </th>
          <th scope="col" className={`${headLook} max-sm:pl-4`}>
            Title
          </th>
          {["Owner", "Agent", "Channel"].map((name) => (
            <th key={name} scope="col" className={`${headLook} max-sm:hidden`}>
              {name}
            </th>
          ))}
          <th scope="col" className={headLook}>
            Status
          </th>
          <th scope="col" className={`${headLook} text-right max-sm:hidden`}>
            Turns
          </th>
          <th scope="col" className={`${headLook} max-lg:hidden`}>
            Last turn
          </th>
          <th scope="col" className={`${headLook} text-right max-[1439px]:hidden`}>
            Tokens
          </th>
          <th scope="col" className={`${headLook} text-right max-sm:hidden`}>
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} nowMs={nowMs} scaleMs={scaleMs} />
        ))}
      </tbody>
    </table>
  )
}

function Row(props: { row: BrowsedConversation; nowMs: number; scaleMs: number }) {
  const { row, nowMs, scaleMs } = props
  // A turn's cost is recorded when the turn ends.
  const cost = row.turns === 0 ? "none yet" : costWords(row.costUsd, row.unpriced)
  return (
    <tr className="hover:bg-sunken">
      <td className={`${cellLook} text-ink-3`}>
        <LocalTime ms={row.lastActivityMs} nowMs={nowMs} />
      </td>
      <th
        scope="row"
        className="h-9 w-full max-w-0 border-b px-3 text-left font-normal max-sm:h-14 max-sm:pl-4"
      >
        <Link
          href={`/admin/conversations/${row.id}`}
          prefetch={false}
          className="block truncate underline-offset-2 hover:underline"
        >
          {visibleText(row.title ?? "Untitled")}
        </Link>
        <span className="text-ink-3 block truncate sm:hidden">
          {visibleText(row.ownerName)} · {visibleText(row.agentName)} ·{" "}
          <LocalTime ms={row.lastActivityMs} nowMs={nowMs} /> · {cost}
        </span>
      </th>
      <td className={cellLook}>
        <span className="block max-w-32 truncate">{visibleText(row.ownerName)}</span>
      </td>
      <td className={cellLook}>
        <span className="flex max-w-36 items-center gap-2">
          <AgentMark agentId={row.agentId} size={12} className="text-ink-3" />
          <span className="truncate">{visibleText(row.agentName)}</span>
        </span>
      </td>
      <td className={`${cellLook} text-ink-2`}>{row.channelKind}</td>
      <td className="h-9 border-b px-3 whitespace-nowrap max-sm:pr-4">
        <Status row={row} />
      </td>
      <td className={`${cellLook} text-right`}>{count(row.turns)}</td>
      <td className={`${cellLook} max-lg:hidden`}>
        <LastTurn row={row} scaleMs={scaleMs} />
      </td>
      <td className={`${cellLook} text-right max-[1439px]:hidden`}>
        <Tokens row={row} />
      </td>
      <td className={`${cellLook} text-right`}>
        <span className={cost.startsWith("no") ? "text-ink-3" : ""}>{cost}</span>
      </td>
    </tr>
  )
}

function Status({ row }: { row: BrowsedConversation }) {
  if (row.isRunning) {
    return (
      <span className="text-accent flex items-center gap-2 font-medium">
        <span className="sm:hidden">
          <RunningMark isDecorative />
        </span>
        Running
      </span>
    )
  }
  if (row.queued > 0) return <span className="text-ink-2">Queued</span>
  switch (row.lastOutcome) {
    case "error":
      return (
        <span className="rounded-1 bg-danger-soft text-micro text-danger inline-flex h-5 items-center gap-1 px-1.5 font-medium">
          <CircleX size={12} aria-hidden />
          <span className="max-sm:hidden">{row.lastErrorCode ?? "error"}</span>
          <span className="sm:hidden">Error</span>
        </span>
      )
    case "interrupted":
      return <span className="text-ink-2">Stopped</span>
    case null:
      return <span className="text-ink-3">New</span>
    default:
      return <span className="text-ink-3">Done</span>
  }
}

function LastTurn({ row, scaleMs }: { row: BrowsedConversation; scaleMs: number }) {
  const total = totalMs(row.trace)
  if (row.trace.length === 0) return null
  const end = row.isRunning ? "running" : row.lastOutcome === "interrupted" ? "stopped" : "done"
  return (
    <span className="block w-32 overflow-hidden">
      <span
        className="block min-w-3"
        style={{ width: `${Math.min(100, (100 * total) / scaleMs)}%` }}
      >
        <TraceStrip
          segments={row.trace}
          end={end}
          label={traceWords(row.trace, `Last turn ${turnTime(total)}`)}
        />
      </span>
    </span>
  )
}

function Tokens({ row }: { row: BrowsedConversation }) {
  const total = row.inputTokens + row.outputTokens
  if (total === 0) return <span className="text-ink-3">{row.turns > 0 ? "not known" : ""}</span>
  return (
    <span title={`${count(row.inputTokens)} in, ${count(row.outputTokens)} out`}>
      {shortCount(total)}
    </span>
  )
}
