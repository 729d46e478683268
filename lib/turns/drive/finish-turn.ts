import { endTurn, type EndOutcome, type TurnEnding } from "#db/queries/turns.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import { wellFormedJson } from "#lib/journal/well-formed.ts"
import type { EventKind, EventPayload } from "#lib/protocol/events.ts"
import { sha256Hex } from "#lib/turns/control/queued-ending.ts"
import { firstLine } from "#lib/turns/first-line.ts"

import { isLeft, type Drive, type DriveDependencies } from "./drive.ts"
import { outlastOutage } from "./outlast-outage.ts"
import { interrupted, rejected, type TurnResult } from "./turn-result.ts"
import { unknownTotals, usageTotals } from "./usage-numbers.ts"

const previewCharactersMax = 200

/**
 * Ends the turn in one statement: a result for every open call, `final` or `error`, `done`, status
 * and usage. The caller has flushed the log. A turn that was interrupted meanwhile ends as
 * interrupted, regardless of its result.
 * @returns `nudged` when an unread nudge prevents the end, `left` when another attempt owns the
 *   turn
 */
export async function finishTurn(
  dependencies: DriveDependencies,
  drive: Drive,
  result: TurnResult,
): Promise<"ended" | "nudged" | "left"> {
  await dependencies.failpoint("turn.before_end")
  let ended = await endSomehow(dependencies, drive, result)
  if (ended.outcome.state === "stopped") ended = await endSomehow(dependencies, drive, interrupted)
  await dependencies.failpoint("turn.after_end")
  const { outcome, events } = ended
  if (outcome.state === "nudged") return "nudged"
  if (outcome.state !== "ended") return "left"
  const firstSeq = outcome.base + 1
  dependencies.publish({
    conversationId: drive.turn.conversationId,
    firstSeq,
    lastSeq: outcome.base + events.length,
    events: events.map((event, index) => ({ ...event, seq: firstSeq + index })),
  })
  return "ended"
}

interface Ended {
  outcome: EndOutcome
  events: readonly EndingEvent[]
}

/**
 * Writes the ending; if PostgreSQL refuses it, without the values that others have a say in; if it
 * refuses that, as an error. An accepted turn ends, and the queue behind it goes on.
 */
async function endSomehow(
  dependencies: DriveDependencies,
  drive: Drive,
  result: TurnResult,
): Promise<Ended> {
  const whole = endingOf(drive, result)
  const plain = { ...whole, ...unknownTotals, preview: null }
  const last = endingOf(drive, rejected)
  const error = { ...last, ...unknownTotals, preview: null, yieldsToStop: false }
  for (const ending of [whole, plain]) {
    const outcome = await endPatiently(dependencies, drive, ending)
    if (outcome !== "refused") return { outcome, events: ending.events }
  }
  const outcome = await endPatiently(dependencies, drive, error)
  if (outcome === "refused") throw new Error("PostgreSQL refuses every ending of a turn")
  return { outcome, events: error.events }
}

/**
 * A broken connection may hide that the ending was committed; the next try then finds the turn
 * gone from the head and leaves it, and the readers read it from the journal. When PostgreSQL stays
 * away longer than a lease, another attempt ends the turn.
 */
async function endPatiently(
  { db, log, leaseSeconds }: DriveDependencies,
  { signal, turn }: Drive,
  ending: TurnEnding,
): Promise<EndOutcome | "refused"> {
  try {
    return await outlastOutage(() => endTurn(db, ending), {
      limitMs: leaseSeconds * 1_000,
      isOver: () => isLeft(signal),
      log,
      turnId: turn.turnId,
    })
  } catch (error) {
    if (isOutage(error)) return { state: "lost" }
    log.error({ err: error, turn: turn.turnId }, "an ending was refused")
    return "refused"
  }
}

function endingOf(drive: Drive, result: TurnResult) {
  const { turn, log } = drive
  const isInterrupted = result.kind === "final" && result.stopReason === "interrupted"
  const waitsForNudges = result.kind === "final" && !isInterrupted
  return {
    conversationId: turn.conversationId,
    turnId: turn.turnId,
    attempt: turn.attempt,
    outcome: result.kind === "final" ? result.stopReason : "error",
    errorCode: result.kind === "error" ? result.code : null,
    ...usageTotals(drive.usage),
    preview: log.keptText === "" ? null : firstLine(log.keptText, previewCharactersMax),
    nudgesReadSeq: waitsForNudges ? drive.nudgesReadSeq : null,
    yieldsToStop: !isInterrupted,
    events: endingEvents(drive, result),
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
