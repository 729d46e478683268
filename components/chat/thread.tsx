"use client"

import { useEffect, useRef, type ReactNode } from "react"

import { Button } from "#components/ui/button.tsx"

import type { Follow } from "./use-follow.ts"

interface ThreadProps {
  follow: Follow
  children: ReactNode
  /** Null when everything is loaded. */
  older: { state: "idle" | "loading" | "failed"; load: () => void } | null
}

/** The scrolling column of the conversation. */
export function Thread({ follow, children, older }: ThreadProps) {
  const { scrollRef, contentRef } = follow
  return (
    <div
      ref={scrollRef}
      role="log"
      aria-live="off"
      aria-label="Conversation"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by keyboard
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-none"
    >
      <div
        ref={contentRef}
        className="mx-auto w-full max-w-(--w-column) pt-6 pb-8 max-[calc(46rem+48px)]:px-4"
      >
        {older !== null && <Older older={older} />}
        {children}
      </div>
    </div>
  )
}

function Older({ older }: { older: NonNullable<ThreadProps["older"]> }) {
  const ref = useRef<HTMLDivElement>(null)
  const { load, state } = older
  useEffect(() => {
    const mark = ref.current
    if (mark === null || state !== "idle") return
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && load(),
      { rootMargin: "600px 0px 0px 0px" },
    )
    observer.observe(mark)
    return () => observer.disconnect()
  }, [load, state])
  return (
    <div ref={ref} className="text-ui text-ink-3 flex h-10 items-center justify-center">
      {state === "failed" ? (
        <Button onClick={load}>Earlier messages did not load. Try again</Button>
      ) : (
        "Loading earlier messages…"
      )}
    </div>
  )
}
