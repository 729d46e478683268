"use client"

import { memo, useRef, type ReactNode } from "react"

import type { TurnView } from "#lib/client/turn-view.ts"

import { useWasNear } from "./near.ts"

interface TurnSlotProps {
  turn: TurnView
  /** Drawn from the start: the newest ones, and the one a link leads to. */
  startsNear: boolean
  /** Never left out of the layout: what still changes. */
  isLive: boolean
  children: ReactNode
}

/**
 * The place of a turn in the column. It is empty until the reader comes near; later the browser
 * leaves it out of layout and paint while it is out of sight, and remembers how tall it was.
 */
export const TurnSlot = memo(function TurnSlot(props: TurnSlotProps) {
  const { turn, startsNear, isLive, children } = props
  const ref = useRef<HTMLDivElement>(null)
  const isNear = useWasNear(ref, startsNear || isLive)
  const heightPx = guessHeight(turn)
  // Padding makes room for what stands out of the column: focus rings, hover planes.
  return (
    <div
      ref={ref}
      data-turn={turn.id}
      className="-mx-4 px-4 pt-8 first:pt-0"
      style={
        isNear
          ? isLive
            ? undefined
            : { contentVisibility: "auto", containIntrinsicBlockSize: `auto ${heightPx}px` }
          : { height: heightPx }
      }
    >
      {isNear && children}
    </div>
  )
})

const lineCharacters = 80
const linePx = 26

/** Roughly: a wrong guess only makes the scroll bar jump. */
function guessHeight(turn: TurnView): number {
  const lines = (text: string) => Math.ceil(text.length / lineCharacters) * linePx
  const answer = turn.blocks.reduce(
    (sum, block) =>
      sum + (block.kind === "steps" ? block.steps.length * 40 : lines(block.text)) + 16,
    0,
  )
  return 190 + lines(turn.message?.text ?? "") + answer
}
