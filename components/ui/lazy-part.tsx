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

/** By then a page has what it shows. */
const restMs = 2_000
const loads: (() => Promise<unknown>)[] = []

interface Slot<Props> {
  props: Props
  fallback: ReactNode
}

/**
 * A part of a page that is not of its first look. It is fetched when the page has come to rest, or when
 * it is wanted before; where that fails (no network, or a new version is out and the old code gone)
 * its `fallback` stands in its place, and it is fetched anew the next time it is wanted. What the
 * server has drawn of it stays until its code is there.
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
    // What is left without the fallback are the part's own.
    const slot = { props: props as unknown as Props, fallback }
    // An update at once would make React put the fallback where the server's drawing is.
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

/** Whoever meets a part without a network must not find a hole. */
function fetchAtRest(load: () => Promise<unknown>): void {
  if (typeof window === "undefined" || loads.push(load) > 1) return
  setTimeout(() => void fetchAll(), restMs)
}

async function fetchAll(): Promise<void> {
  await Promise.allSettled(loads.splice(0).map((load) => load()))
  performance.mark("parts-fetched")
}
