"use client"

import {
  lazy,
  Suspense,
  useDeferredValue,
  useMemo,
  useState,
  type ComponentType,
  type ReactNode,
} from "react"

/** By then the page has rendered its initial content. */
const restMs = 2_000
const loads: (() => Promise<unknown>)[] = []

interface Slot<Props> {
  props: Props
  fallback: ReactNode
}

/**
 * A lazily loaded part that first paint does not need. Loads when the page is idle, or earlier on
 * demand; on failure (offline, or a deploy removed the chunk) shows `fallback` and retries on the
 * next demand. Server-rendered markup stays until the code has loaded.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props & { fallback?: ReactNode }> {
  let isLoaded = false
  const make = () =>
    lazy(async (): Promise<{ default: ComponentType<Slot<Props>> }> => {
      try {
        const Part = await load()
        isLoaded = true
        return { default: ({ props }) => <Part {...props} /> }
      } catch {
        current = make()
        return { default: ({ fallback }) => fallback }
      }
    })
  let current = make()
  fetchAtRest(load)
  return function LazyPart({ fallback = null, ...props }) {
    const [Part] = useState(() => current)
    // Without `fallback`, the remaining props belong to the part.
    const slot = { props: props as unknown as Props, fallback }
    // A synchronous update would make React replace the server's markup with the fallback.
    const waiting = useDeferredValue(isLoaded ? null : slot)
    const shown = waiting ?? slot
    return useMemo(
      () => (
        <Suspense fallback={shown.fallback}>
          <Part {...shown} />
        </Suspense>
      ),
      [Part, shown],
    )
  }
}

/** Preload, so that going offline does not leave a part missing. */
function fetchAtRest(load: () => Promise<unknown>): void {
  if (typeof window === "undefined" || loads.push(load) > 1) return
  setTimeout(() => void fetchAll(), restMs)
}

async function fetchAll(): Promise<void> {
  await Promise.allSettled(loads.splice(0).map((load) => load()))
  performance.mark("parts-fetched")
}
