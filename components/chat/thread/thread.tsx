"use client"

import { useEffect, useRef, type ReactNode, type RefObject } from "react"

import { preloadMarkdown } from "#components/chat/turn/answer-text.tsx"
import { Button } from "#components/ui/button.tsx"

import type { Follow } from "./use-follow.ts"
import { NearContext, useWatchNear } from "./use-is-near.ts"

interface ThreadProps {
  follow: Follow
  children: ReactNode
  /** Null when the whole history is loaded. */
  older: { state: "idle" | "loading" | "failed"; load: () => void } | null
}

/** The conversation's scroll container. */
export function Thread({ follow, children, older }: ThreadProps) {
  const { scrollRef, contentRef } = follow
  const watchNear = useWatchNear()
  useEffect(preloadMarkdown, [])
  return (
    <div
      ref={scrollRef}
      role="log"
      aria-live="off"
      aria-label="Conversation"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-none"
    >
      <div
        ref={contentRef}
        className="mx-auto mb-auto w-full max-w-(--w-column) shrink-0 pt-6 pb-8 max-[calc(46rem+48px)]:px-4"
      >
        <NearContext value={watchNear}>
          {older !== null && <Older older={older} scrollRef={scrollRef} />}
          {children}
        </NearContext>
      </div>
    </div>
  )
}

interface OlderProps {
  older: NonNullable<ThreadProps["older"]>
  scrollRef: RefObject<HTMLElement | null>
}

function Older({ older, scrollRef }: OlderProps) {
  const ref = useRef<HTMLDivElement>(null)
  const { load, state } = older
  useEffect(() => {
    const mark = ref.current
    if (mark === null || state !== "idle") return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && load(),
      { root: scrollRef.current, rootMargin: "1500px 0px 0px 0px" },
    )
    observer.observe(mark)
    return () => observer.disconnect()
  }, [load, state, scrollRef])
  return (
    <div ref={ref} data-older className="text-ui text-ink-3 flex h-10 items-center justify-center">
      {state === "failed" ? (
        <Button onClick={load}>Earlier messages did not load. Try again</Button>
      ) : (
        "Loading earlier messages…"
      )}
    </div>
  )
}
