"use client"

import { memo, useState } from "react"

import { useHydrated } from "#components/ui/use-hydrated.ts"
import type { OwnMessage, TurnView } from "#lib/client/turn-view.ts"

import { TurnSlot } from "./turn-slot.tsx"
import { Turn, type ChatAgent } from "./turn.tsx"

interface TurnListProps {
  turns: readonly TurnView[]
  conversationId: string
  agent: ChatAgent
  isOnline: boolean
  /** The turn a link leads to. */
  linkedTurn: string | null
  onRetry: ((message: OwnMessage) => void) | null
  onContinue: (() => void) | null
}

/** More than fill a screen. */
const startCount = 12
/** A few dozen turns, whatever comes in front or behind. */
const seqsPerGroup = 500

/**
 * The turns of a conversation, oldest first. In groups, so that a token looks at the turns of one
 * group and not at thousands.
 */
export function TurnList({ turns, ...rest }: TurnListProps) {
  const [startIds] = useState(() => new Set(turns.slice(-startCount).map((turn) => turn.id)))
  const latestId = turns.at(-1)?.id ?? null
  return groupTurns(turns).map(({ key, members }) => (
    <TurnGroup
      key={key}
      {...rest}
      turns={members}
      startIds={startIds}
      latestId={members.some((turn) => turn.id === latestId) ? latestId : null}
    />
  ))
}

function groupTurns(turns: readonly TurnView[]): { key: number; members: TurnView[] }[] {
  const groups: { key: number; members: TurnView[] }[] = []
  for (const turn of turns) {
    const key = turn.message === null ? -1 : Math.floor(turn.message.seq / seqsPerGroup)
    const last = groups.at(-1)
    if (last?.key === key) last.members.push(turn)
    else groups.push({ key, members: [turn] })
  }
  return groups
}

interface TurnGroupProps extends TurnListProps {
  startIds: ReadonlySet<string>
  latestId: string | null
}

const TurnGroup = memo(function TurnGroup(props: TurnGroupProps) {
  const { turns, startIds, latestId, linkedTurn, ...rest } = props
  // What the server has drawn stays drawn.
  const isHydrated = useHydrated()
  return turns.map((turn) => {
    const isLatest = turn.id === latestId
    return (
      <TurnSlot
        key={turn.id}
        turn={turn}
        startsNear={!isHydrated || startIds.has(turn.id) || turn.id === linkedTurn}
        isLive={isLatest || turn.phase !== "ended"}
      >
        <Turn turn={turn} isLatest={isLatest} {...rest} />
      </TurnSlot>
    )
  })
}, areSame)

function areSame(before: TurnGroupProps, after: TurnGroupProps): boolean {
  const { turns: oldTurns, ...old } = before
  const { turns, ...now } = after
  return (
    oldTurns.length === turns.length &&
    turns.every((turn, index) => turn === oldTurns[index]) &&
    Object.entries(now).every(([name, value]) => value === Reflect.get(old, name))
  )
}
