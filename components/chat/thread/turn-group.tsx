"use client"

import { memo, useRef } from "react"

import { Turn, type ChatAgent } from "#components/chat/turn/turn.tsx"
import { useHydrated } from "#components/ui/use-hydrated.ts"
import type { OwnMessage, TurnView } from "#lib/transcript/turn-view.ts"

import { useIsNear } from "./use-is-near.ts"

/** Shared props of every turn in a conversation. */
export interface TurnContext {
  conversationId: string
  agent: ChatAgent
  isOnline: boolean
  onRetry: ((message: OwnMessage) => void) | null
  onContinue: (() => void) | null
}

interface TurnGroupProps extends TurnContext {
  turns: readonly TurnView[]
  /** Rendered initially: the newest turns. */
  startsNear: boolean
  /** The conversation's newest turn, if this group contains it. */
  latestId: string | null
  /** Rendered regardless of the scroll position. */
  mustStay: boolean
}

/**
 * Consecutive turns. Far from the viewport they become a placeholder of the same height; closer,
 * `content-visibility` skips their layout and paint.
 */
export const TurnGroup = memo(function TurnGroup(props: TurnGroupProps) {
  const { turns, startsNear, latestId, mustStay, ...context } = props
  const ref = useRef<HTMLDivElement>(null)
  // Keep server-rendered turns mounted until the browser knows its scroll position.
  const isHydrated = useHydrated()
  const { isNear, lastHeightPx } = useIsNear(ref, startsNear || !isHydrated)
  const isLive = (turn: TurnView) => turn.id === latestId || turn.phase !== "ended"
  if (!isNear && !mustStay && !turns.some(isLive)) {
    const heightPx = lastHeightPx ?? turns.reduce((sum, turn) => sum + guessHeight(turn), 0)
    return <div ref={ref} style={{ height: heightPx }} />
  }
  // Padding leaves room for focus rings and hover planes that overflow the column.
  return (
    <div ref={ref} className="-mx-4 px-4">
      {turns.map((turn) => (
        <div
          key={turn.id}
          data-turn={turn.id}
          className="-mx-4 px-4 pt-8 [:first-child>&]:first:pt-0"
          style={
            isLive(turn)
              ? undefined
              : {
                  contentVisibility: "auto",
                  containIntrinsicBlockSize: `auto ${guessHeight(turn)}px`,
                }
          }
        >
          <Turn turn={turn} isLatest={turn.id === latestId} {...context} />
        </div>
      ))}
    </div>
  )
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

const lineCharacters = 80
const linePx = 26

/** Approximate: a wrong guess only makes the scroll bar jump. */
function guessHeight(turn: TurnView): number {
  const lines = (text: string) => Math.ceil(text.length / lineCharacters) * linePx
  const answer = turn.blocks.reduce(
    (sum, block) =>
      sum + (block.kind === "steps" ? block.steps.length * 40 : lines(block.text)) + 16,
    0,
  )
  return 190 + lines(turn.message?.text ?? "") + answer
}
