"use client"

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"

import type { ConversationState, Turn } from "#lib/transcript/reduce-events.ts"

import type { Follow } from "./use-follow.ts"

interface DeepLinkProps {
  conversation: ConversationState
  older: { state: "idle" | "loading" | "failed"; load: () => void } | null
  showAt: Follow["showAt"]
  /** The turn that is drawn because it was asked for. */
  drawnTurn: string | null
  /** Asks for a turn to be drawn, wherever it is. */
  onTurn: (id: string | null) => void
}

/**
 * Follows `#seq` in the address: loads history back to that event, has its turn drawn, and goes
 * there; with `#seq:word`, to the word in that answer.
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
    // Turns above and below that are drawn for the first time may move it a little.
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

/** A router's own change of the address fires no `hashchange`; the navigation API tells of all. */
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

/** Where the word is; else the part the event is in: the last that begins at or before it. */
function findTarget(turnId: string, seq: number, word: string): Element | null {
  const slot = document.querySelector(`[data-turn="${CSS.escape(turnId)}"]`)
  const places = word === "" ? [] : (slot?.querySelectorAll(".prose :is(p,li,tr,pre,h2,h3)") ?? [])
  for (const place of places) if (place.textContent.includes(word)) return place
  const parts = [...(slot?.querySelectorAll("[data-seq]") ?? [])]
  return parts.findLast((part) => Number(part.getAttribute("data-seq")) <= seq) ?? slot
}

/** The mark stays for a moment and then fades; for whoever wants no motion it only goes. */
function markTarget(target: Element): void {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches
  const marked = { backgroundColor: "var(--accent-soft)" }
  target.animate(
    [marked, { ...marked, offset: isStill ? 1 : 0.875 }, { backgroundColor: "transparent" }],
    { duration: 1_600 },
  )
}
