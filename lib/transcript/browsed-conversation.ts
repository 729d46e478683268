import type { AdminConversation } from "#lib/protocol/admin.ts"

import { totalMs, type Segment } from "./trace.ts"

/** A conversation as the administrators' list shows it. */
export interface BrowsedConversation extends AdminConversation {
  /** Of the last turn; empty when none has begun. */
  trace: readonly Segment[]
}

const partsMax = 24

/** A trace of many parts, drawn as few: equal slices of time, each as the gravest thing in it. */
export function coarsen(segments: readonly Segment[]): readonly Segment[] {
  if (segments.length <= partsMax) return segments
  const total = totalMs(segments)
  const sliceMs = total / partsMax
  const slices: Segment[] = []
  let endMs = 0
  for (const segment of segments) {
    endMs += segment.ms
    const slice = slices.at(-1)
    const isSameSlice = slice !== undefined && endMs <= slices.length * sliceMs
    if (!isSameSlice) slices.push({ kind: segment.kind, ms: sliceMs })
    else if (gravity[segment.kind] > gravity[slice.kind]) {
      slices[slices.length - 1] = { kind: segment.kind, ms: sliceMs }
    }
  }
  return slices.slice(0, partsMax)
}

const gravity: Record<Segment["kind"], number> = { wait: 0, model: 1, tool: 2, error: 3 }
