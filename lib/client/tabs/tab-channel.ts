import type { ConnectionState } from "#lib/client/stream/event-reader.ts"
import type { JournalRow, Payload } from "#lib/transcript/journal-row.ts"

/** A conversation, and the seq up to which a tab has it. */
export type Cursors = readonly (readonly [conversationId: string, seq: number])[]

/** Messages between one person's tabs in one browser. */
export type TabMessage = { from: string } & (
  | /** I follow these, from here. */ { type: "join"; cursors: Cursors }
  | /** Are you there? I follow these. */ { type: "ping"; ids: readonly string[] }
  | { type: "leave" }
  | /** I lead from now on: tell me what you follow. */ { type: "lead" }
  | /** I lead, and this is the state of the stream. */ { type: "line"; line: SharedStreamState }
  | { type: "rows"; conversationId: string; rows: readonly JournalRow[] }
  | { type: "stale"; conversationId: string; afterSeq: number }
  | { type: "conversation"; payload: Payload }
  | /** The network is back, or somebody looks: is the connection alive? */ {
      type: "wake"
      reason: "visible" | "online"
    }
  | /** Not from the stream: tabs tell each other what they did. */ { type: "note"; note: unknown }
)

export interface SharedStreamState {
  connection: ConnectionState
  /** With `closed`: why. */
  closedStatus: number | null
  /** How often it was reconnected: an event that is sent only once may have been missed in between. */
  opened: number
}

/** A way to all other tabs of the same person. */
export interface TabChannel {
  post(message: TabMessage): void
  close(): void
}

export function openTabChannel(name: string, onMessage: (message: TabMessage) => void): TabChannel {
  const channel = new BroadcastChannel(name)
  channel.addEventListener("message", (event: MessageEvent<TabMessage>) => onMessage(event.data))
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  }
}
