import { LocalTime } from "#components/admin/lists/local-time.tsx"
import { stepTime, usageWords } from "#components/chat/turn/format.ts"
import { AgentMark } from "#components/ui/agent-mark.tsx"
import type { AdminTurn } from "#lib/protocol/admin.ts"
import type { Timeline } from "#lib/transcript/timeline.ts"
import type { SegmentKind } from "#lib/transcript/trace.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

interface TurnFactsProps {
  turn: AdminTurn
  timeline: Timeline
  agent: { id: string; name: string }
  nowMs: number
}

/** Duration, time per phase and usage of a turn. */
export function TurnFacts({ turn, timeline, agent, nowMs }: TurnFactsProps) {
  const sum = (kinds: readonly SegmentKind[]) =>
    timeline.parts
      .filter((part) => kinds.includes(part.kind))
      .reduce((ms, part) => ms + part.endMs - part.startMs, 0)
  const usage = timeline.usage === null ? [] : usageWords({ ...timeline.usage, model: "" })
  const [cost, ...tokens] = [usage.pop(), ...usage]
  const facts = [
    ["Started", <LocalTime key="started" ms={turn.startedMs ?? turn.createdMs} nowMs={nowMs} />],
    ["Took", stepTime(timeline.totalMs)],
    ["Model", stepTime(sum(["model"]))],
    ["Tools", stepTime(sum(["tool", "error"]))],
    ["Waiting", stepTime(sum(["wait"]))],
    ["Tokens", tokens.length === 0 ? "not known" : tokens.join(", ")],
    ["Cost", cost === undefined || cost === "cost not known" ? "not known" : cost],
    ["Attempts", String(turn.attempt)],
    ["Answered by", turn.model ?? "not known"],
  ] as const
  return (
    <dl className="text-ui mt-3 flex flex-none flex-wrap gap-x-9 gap-y-3 px-6 max-sm:grid max-sm:grid-cols-3 max-sm:px-4">
      <div>
        <dt className="text-micro text-ink-3">Agent</dt>
        <dd className="mt-0.5 flex items-center gap-1.5">
          <AgentMark agentId={agent.id} size={12} className="text-ink-3" />{" "}
          {visibleText(agent.name)}
        </dd>
      </div>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="text-micro text-ink-3">{name}</dt>
          <dd className="mt-0.5 tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
