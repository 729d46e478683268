import { setTimeout as delay } from "node:timers/promises"

import { endTurn, type EndOutcome, type TurnEnding } from "#db/queries/turns.ts"
import { wellFormedJson } from "#lib/journal/well-formed.ts"
import type { EventKind, EventPayload } from "#lib/protocol/events.ts"

import type { Drive, DriveDependencies, TurnResult } from "./drive.ts"
import { firstLine } from "./first-line.ts"
import { sha256Hex } from "./queued-ending.ts"
import type { Usage } from "./replay-turn.ts"

const previewCharactersMax = 200
/** How long an ending is tried while Postgres is away; after that another attempt ends the turn. */
const outageMsMax = 15_000

/**
 * Ends the turn: a result for every open call, `final` or `error`, `done`, status and usage, in one
 * statement. Everything gathered has been flushed before.
 * @returns `nudged` when an unread nudge forbids the end, `left` when the turn is somebody else's
 */
export async function finishTurn(
  dependencies: DriveDependencies,
  drive: Drive,
  result: TurnResult,
): Promise<"ended" | "nudged" | "left"> {
  const { turn, log } = drive
  const events = endingEvents(drive, result)
  const waitsForNudges = result.kind === "final" && result.stopReason !== "interrupted"
  await dependencies.failpoint("turn.before_end")
  const outcome = await endPatiently(dependencies, {
    conversationId: turn.conversationId,
    turnId: turn.turnId,
    attempt: turn.attempt,
    outcome: result.kind === "final" ? result.stopReason : "error",
    errorCode: result.kind === "error" ? result.code : null,
    ...usageTotals(drive.usage),
    preview: log.keptText === "" ? null : firstLine(log.keptText, previewCharactersMax),
    nudgesReadSeq: waitsForNudges ? drive.nudgesReadSeq : null,
    events,
  })
  await dependencies.failpoint("turn.after_end")
  if (outcome.state === "nudged") return "nudged"
  if (outcome.state === "lost") return "left"
  const firstSeq = outcome.base + 1
  dependencies.publish({
    conversationId: turn.conversationId,
    firstSeq,
    lastSeq: outcome.base + events.length,
    events: events.map((event, index) => ({ ...event, seq: firstSeq + index })),
  })
  return "ended"
}

/**
 * A broken connection may hide that the ending was committed; the next try then finds the turn
 * gone from the head and leaves it, and the readers read it from the journal.
 */
async function endPatiently(
  dependencies: DriveDependencies,
  ending: TurnEnding,
): Promise<EndOutcome> {
  const deadline = Date.now() + outageMsMax
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    try {
      return await endTurn(dependencies.db, ending)
    } catch (error) {
      if (Date.now() > deadline) throw error
      dependencies.log.warn({ err: error, turn: ending.turnId }, "an ending met an outage")
      await delay(pauseMs)
    }
  }
}

interface EndingEvent {
  kind: EventKind
  json: string
}

function endingEvents(drive: Drive, result: TurnResult): EndingEvent[] {
  const turnId = drive.turn.turnId
  const isStopped = result.kind === "final" && result.stopReason === "interrupted"
  const events: EndingEvent[] = []
  const add = (kind: EventKind, payload: object) =>
    events.push({ kind, json: wellFormedJson({ turn_id: turnId, ...payload }) })
  for (const id of drive.openCalls.keys()) {
    add("tool_result", {
      id,
      is_error: true,
      summary: isStopped ? "interrupted" : "outcome unknown",
    })
  }
  if (result.kind === "final") {
    const text = drive.log.keptText
    const final: Omit<EventPayload<"final">, "turn_id"> = {
      text,
      duration_ms: drive.elapsedMs(),
      stop_reason: result.stopReason,
      text_sha256: sha256Hex(text),
    }
    add("final", final)
  } else {
    const { message, recoverable, code } = result
    add("error", { message, recoverable, code })
  }
  add("done", {})
  return events
}

/** A sum with an unknown part is unknown. */
function usageTotals(usage: readonly Usage[]) {
  const sum = (pick: (one: Usage) => number | null) =>
    usage.length === 0
      ? null
      : usage.reduce<number | null>((total, one) => {
          const number = pick(one)
          return total === null || number === null ? null : total + number
        }, 0)
  return {
    model: usage.at(-1)?.model ?? null,
    inputTokens: sum((one) => one.input_tokens),
    outputTokens: sum((one) => one.output_tokens),
    costUsd: sum((one) => one.cost_usd),
  }
}
