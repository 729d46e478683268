import type { EventKind } from "#lib/protocol/events.ts"

/** Properties of an event kind; the only place that defines them. */
interface EventFacts {
  /**
   * Effect of a later attempt that restarts before the event: `kept`, `dropped`, or `counted` (its
   * cost stays, its content is dropped).
   */
  whenLost: "kept" | "dropped" | "counted"
  /** It changes how its conversation looks in a list. */
  isListed: boolean
  /** Readers of the `text` scope do not get it. */
  isTool: boolean
  /** The field that only the `full` scope and the history show. */
  detail: "args" | "result" | null
  /** A trace is drawn from it. */
  isTraced: boolean
  /** How search indexes its text; `part` = the text of an answer without a `final`. */
  searchedAs: "message" | "answer" | "part" | null
  /** Its category in the turn inspector. */
  label: "Messages" | "Text" | "Tools" | "Usage" | "Status"
  icon: EventIcon
}

export type EventIcon =
  | "message"
  | "start"
  | "text"
  | "tool"
  | "result"
  | "cost"
  | "end"
  | "done"
  | "error"
  | "info"

const plain = {
  whenLost: "dropped",
  isListed: false,
  isTool: false,
  detail: null,
  isTraced: false,
  searchedAs: null,
  label: "Status",
  icon: "info",
} as const satisfies EventFacts

export const eventFacts = {
  message: {
    ...plain,
    whenLost: "kept",
    isListed: true,
    searchedAs: "message",
    label: "Messages",
    icon: "message",
  },
  turn_started: { ...plain, whenLost: "kept", isListed: true, isTraced: true, icon: "start" },
  nudge: { ...plain, whenLost: "kept", searchedAs: "message", label: "Messages", icon: "message" },
  text_delta: { ...plain, searchedAs: "part", label: "Text", icon: "text" },
  status: plain,
  tool_call: {
    ...plain,
    isTool: true,
    detail: "args",
    isTraced: true,
    label: "Tools",
    icon: "tool",
  },
  tool_result: {
    ...plain,
    isTool: true,
    detail: "result",
    isTraced: true,
    label: "Tools",
    icon: "result",
  },
  token_usage: { ...plain, whenLost: "counted", label: "Usage", icon: "cost" },
  final: { ...plain, isListed: true, isTraced: true, searchedAs: "answer", icon: "end" },
  error: { ...plain, isListed: true, isTraced: true, searchedAs: "answer", icon: "error" },
  done: { ...plain, isListed: true, icon: "done" },
  title: { ...plain, isListed: true },
} as const satisfies Record<EventKind, EventFacts>

/** The facts of a kind; of a name that only a newer process knows, those of a plain event. */
export function factsOf(kind: EventKind): EventFacts {
  return Object.hasOwn(eventFacts, kind) ? eventFacts[kind] : plain
}
