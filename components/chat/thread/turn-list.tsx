"use client"

import { useState } from "react"

import type { TurnView } from "#lib/transcript/turn-view.ts"

import { createGrouping } from "./group-turns.ts"
import { TurnGroup, type TurnContext } from "./turn-group.tsx"

interface TurnListProps extends TurnContext {
  turns: readonly TurnView[]
  /** The turn a link points to. */
  linkedTurn: string | null
}

/** More than one screenful. */
const startCount = 12

/**
 * The turns of a conversation, oldest first, in groups. Only groups near the viewport are rendered,
 * so thousands of turns stay cheap for React and the browser.
 */
export function TurnList({ turns, linkedTurn, ...context }: TurnListProps) {
  const [group] = useState(createGrouping)
  const [startIds] = useState(() => new Set(turns.slice(-startCount).map((turn) => turn.id)))
  const latestId = turns.at(-1)?.id
  return group(turns).map(({ key, turns: members }) => {
    const has = (id: string | null | undefined) => members.some((turn) => turn.id === id)
    return (
      <TurnGroup
        key={key}
        {...context}
        turns={members}
        startsNear={members.some((turn) => startIds.has(turn.id))}
        latestId={latestId !== undefined && has(latestId) ? latestId : null}
        mustStay={has(linkedTurn)}
      />
    )
  })
}
