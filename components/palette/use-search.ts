"use client"

import { useCallback, useEffect, useRef, useState } from "react"

import { isApiError } from "#lib/client/api/api.ts"
import { search } from "#lib/client/api/search.ts"
import type { SearchHit } from "#lib/protocol/search.ts"

/** Debounce while typing. */
const pauseMs = 120
const messagesPerPage = 8
const titlesMax = 5

export interface SearchState {
  /** The query these hits belong to. */
  q: string
  titles: readonly SearchHit[]
  messages: readonly SearchHit[]
  /** Cursor of the next page of messages; null at the end. */
  nextCursor: string | null
  status: "ready" | "searching" | "failed"
}

const nothing: SearchState = { q: "", titles: [], messages: [], nextCursor: null, status: "ready" }

/** Search results for the current input; earlier results stay until new ones arrive. */
export function useSearch(q: string): {
  state: SearchState
  loadMore: () => void
  retry: () => void
} {
  const [state, setState] = useState(nothing)
  const [tries, setTries] = useState(0)
  const control = useRef(new AbortController())
  const wanted = q.trim() === "" ? "" : q
  const [asked, setAsked] = useState("")
  if (wanted !== asked) {
    setAsked(wanted)
    // Also after a failure: the new query has not failed yet.
    setState(wanted === "" ? nothing : { ...state, status: "searching" })
  }

  useEffect(() => {
    control.current = new AbortController()
    const { signal } = control.current
    if (wanted === "") return
    const timer = window.setTimeout(
      () => void settle(signal, setState, () => firstPage(wanted, signal)),
      pauseMs,
    )
    return () => {
      window.clearTimeout(timer)
      control.current.abort()
    }
  }, [wanted, tries])

  const loadMore = useCallback(() => {
    const { signal } = control.current
    if (state.nextCursor === null || state.status !== "ready") return
    setState({ ...state, status: "searching" })
    void settle(signal, setState, () => nextPage(state, signal))
  }, [state])
  const retry = useCallback(() => {
    setState((now) => ({ ...now, status: "searching" }))
    setTries((count) => count + 1)
  }, [])
  return { state, loadMore, retry }
}

async function firstPage(q: string, signal: AbortSignal): Promise<SearchState> {
  const [messages, titles] = await Promise.all([
    search({ q, in: "messages", limit: messagesPerPage }, signal),
    search({ q, in: "titles", limit: titlesMax }, signal),
  ])
  const nextCursor = messages.next_cursor ?? null
  return { q, titles: titles.hits, messages: messages.hits, nextCursor, status: "ready" }
}

async function nextPage(state: SearchState, signal: AbortSignal): Promise<SearchState> {
  const page = await search(
    {
      q: state.q,
      in: "messages",
      limit: messagesPerPage * 2,
      ...(state.nextCursor === null ? {} : { cursor: state.nextCursor }),
    },
    signal,
  )
  return {
    ...state,
    messages: [...state.messages, ...page.hits],
    nextCursor: page.next_cursor ?? null,
    status: "ready",
  }
}

async function settle(
  signal: AbortSignal,
  setState: (change: (now: SearchState) => SearchState) => void,
  work: () => Promise<SearchState>,
): Promise<void> {
  try {
    const next = await work()
    if (!signal.aborted) setState(() => next)
  } catch (error) {
    if (signal.aborted) return
    if (!isApiError(error)) throw error
    setState((now) => ({ ...now, status: "failed" }))
  }
}
