"use client"

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"

import type { ConversationState, Turn } from "#lib/transcript/reduce-events.ts"

import type { Follow } from "./use-follow.ts"

interface DeepLinkProps {
  conversation: ConversationState
  older: { state: "idle" | "loading" | "failed"; load: () => void } | null
  showAt: Follow["showAt"]
  /** A turn rendered because a link points to it. */
  drawnTurn: string | null
  /** Requests that a turn is rendered even outside the viewport. */
  onTurn: (id: string | null) => void
}

/**
 * Follows `#seq` in the address: loads history back to that event, renders its turn and scrolls to
 * it; with `#seq:word`, to the word in that answer.
 */
export function DeepLink(props: DeepLinkProps): null {
  const { conversation, older, showAt, drawnTurn, onTurn } = props
  const [hash, setHash] = useState("")
  const wantedSeq = seqOfHash(hash)
  const { firstSeq, turns } = conversation
  useEffect(() => {
    const read = () => setHash(window.location.hash)
    read()
    return onAddressChange(read)
  }, [])

  const isMissing = wantedSeq !== null && older !== null && (firstSeq ?? 0) > wantedSeq
  const load = older?.load
  const isIdle = older?.state === "idle"
  useEffect(() => {
    if (isMissing && isIdle) load?.()
  }, [isMissing, isIdle, load])

  const turn = wantedSeq === null || isMissing ? null : findTurn(turns, wantedSeq)
  const turnId = turn?.id ?? null
  const goTo = useCallback(() => {
    const target =
      wantedSeq === null || turnId === null ? null : findTarget(turnId, wantedSeq, wordOfHash(hash))
    if (target === null) return null
    markTarget(target)
    return showAt(target)
  }, [hash, wantedSeq, turnId, showAt])
  useEffect(() => onTurn(turnId), [onTurn, turnId])
  const isDrawn = turnId !== null && turnId === drawnTurn
  const wentTo = useRef("")
  useLayoutEffect(() => {
    if (!isDrawn || wentTo.current === hash) return
    wentTo.current = hash
    const isStillThere = goTo()
    // Turns rendered for the first time around the target may shift it.
    const timer = window.setTimeout(() => isStillThere?.() === true && goTo(), 150)
    return () => window.clearTimeout(timer)
  }, [isDrawn, hash, goTo])
  return null
}

function seqOfHash(hash: string): number | null {
  const digits = /^#([0-9]{1,15})(?=:|$)/.exec(hash)?.[1]
  return digits === undefined ? null : Number(digits)
}

function wordOfHash(hash: string): string {
  return new URLSearchParams(`w=${hash.split(":", 2)[1] ?? ""}`).get("w") ?? ""
}

/**
 * Router navigation changes the address without a `hashchange`; the navigation API reports every
 * change.
 */
function onAddressChange(listener: () => void): () => void {
  const navigation: unknown = Reflect.get(window, "navigation")
  const target = navigation instanceof EventTarget ? navigation : window
  const name = target === window ? "hashchange" : "currententrychange"
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

function findTurn(turns: readonly Turn[], seq: number): Turn | null {
  const holding = turns.find((turn) =>
    turn.rows.some((row) => row.firstSeq <= seq && seq <= row.seq),
  )
  return holding ?? turns.findLast((turn) => (turn.view.message?.seq ?? 0) <= seq) ?? null
}

/** The matching word; else the last element that starts at or before the event. */
function findTarget(turnId: string, seq: number, word: string): Element | null {
  const slot = document.querySelector(`[data-turn="${CSS.escape(turnId)}"]`)
  const places = word === "" ? [] : (slot?.querySelectorAll(".prose :is(p,li,tr,pre,h2,h3)") ?? [])
  for (const place of places) if (place.textContent.includes(word)) return place
  const parts = [...(slot?.querySelectorAll("[data-seq]") ?? [])]
  return parts.findLast((part) => Number(part.getAttribute("data-seq")) <= seq) ?? slot
}

/** The highlight fades after a moment; with reduced motion it disappears without a transition. */
function markTarget(target: Element): void {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches
  const marked = { backgroundColor: "var(--accent-soft)" }
  target.animate(
    [marked, { ...marked, offset: isStill ? 1 : 0.875 }, { backgroundColor: "transparent" }],
    { duration: 1_600 },
  )
}
