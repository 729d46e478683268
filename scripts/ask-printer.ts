import type { EventSourceMessage } from "eventsource-parser/stream"

import { eventShapes, isEventKind } from "#lib/protocol/events.ts"
import { ignoreUnknown } from "#lib/transcript/journal-row.ts"

export type TurnEnd = "answered" | "stopped" | "failed"

/** Prints the events of one turn to a terminal as they arrive. */
export class AskPrinter {
  readonly #turnId: string
  readonly #write: (text: string) => void
  #isLineOpen = false
  #end: TurnEnd = "answered"

  constructor(turnId: string, write: (text: string) => void) {
    this.#turnId = turnId
    this.#write = write
  }

  /** @returns how the turn ended, once it is closed */
  print({ event: name = "message", data }: EventSourceMessage): TurnEnd | null {
    const payload: unknown = JSON.parse(data)
    // The contract permits event names that this version does not know.
    if (!this.#isOurs(payload) || !isEventKind(name)) return null
    switch (name) {
      case "turn_started":
        if (eventShapes.turn_started.parse(payload).attempt > 1) this.#line("(starting over)")
        return null
      case "text_delta":
        this.#text(eventShapes.text_delta.parse(payload).text)
        return null
      case "status":
        this.#line(`· ${eventShapes.status.parse(payload).message}`)
        return null
      case "tool_call": {
        const call = eventShapes.tool_call.parse(payload)
        this.#line(`→ ${call.name}${call.args_summary === "" ? "" : `: ${call.args_summary}`}`)
        return null
      }
      case "tool_result": {
        const result = eventShapes.tool_result.parse(payload)
        this.#line(`${result.is_error ? "✗" : "←"} ${result.summary}`)
        return null
      }
      case "final": {
        const reason = eventShapes.final.parse(payload).stop_reason
        if (reason === "length" || reason === "steps") this.#line("(cut off at its limit)")
        if (reason === "interrupted" || reason === "withdrawn") this.#end = "stopped"
        return null
      }
      case "error":
        this.#line(`✗ ${eventShapes.error.parse(payload).message}`)
        this.#end = "failed"
        return null
      case "done":
        if (this.#isLineOpen) this.#write("\n")
        return this.#end
      case "message":
      case "nudge":
      case "token_usage":
      case "title":
        return null
      default:
        return ignoreUnknown(name, null)
    }
  }

  #isOurs(payload: unknown): boolean {
    return (
      typeof payload === "object" &&
      payload !== null &&
      "turn_id" in payload &&
      payload.turn_id === this.#turnId
    )
  }

  #text(text: string): void {
    const safe = withoutControls(text)
    this.#write(safe)
    if (safe !== "") this.#isLineOpen = !safe.endsWith("\n")
  }

  #line(text: string): void {
    this.#write(`${this.#isLineOpen ? "\n" : ""}${withoutControls(text).replaceAll("\n", " ")}\n`)
    this.#isLineOpen = false
  }
}

/** A model's text must not control the terminal: strips everything except line ends and tabs. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it removes
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
}
