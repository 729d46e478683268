import type { EventKind } from "#lib/protocol/events.ts"

/** What the product has to know of a kind of event; nothing of it stands elsewhere. */
interface EventFacts {
  /**
   * What becomes of it when a later attempt starts over before it: `kept`, `dropped`, or `counted`:
   * what it cost stays, what it says is gone.
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
  /** What a search finds its text as; `part` = the text of an answer that has no `final`. */
  searchedAs: "message" | "answer" | "part" | null
  /** What the turn inspector counts it as. */
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
