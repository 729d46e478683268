import { isModelError } from "#lib/models/step.ts"
import type { StopReason } from "#lib/protocol/events.ts"

import { stopCause, type Drive, type DriveDependencies } from "./drive.ts"

/** How a turn ends. */
export type TurnResult =
  | { kind: "final"; stopReason: StopReason }
  | { kind: "error"; code: string; recoverable: boolean; message: string }

export const interrupted: TurnResult = { kind: "final", stopReason: "interrupted" }

export const unowned: TurnResult = {
  kind: "error",
  code: "internal",
  recoverable: false,
  message: "The agent or the person this message belongs to is not there any more.",
}

export const crashed: TurnResult = {
  kind: "error",
  code: "driver_crashed",
  recoverable: true,
  message:
    "The process that answered stopped three times. What was said is kept; you can try again.",
}

export const rejected: TurnResult = {
  kind: "error",
  code: "event_rejected",
  recoverable: true,
  message: "A part of the answer could not be stored. What was said before is kept.",
}

export const failed: TurnResult = {
  kind: "error",
  code: "internal",
  recoverable: true,
  message: "Something went wrong on our side. Your message is kept; you can try again.",
}

export function resultOfFailure(
  drive: Drive,
  error: unknown,
  { log, attemptMsMax }: Pick<DriveDependencies, "log" | "attemptMsMax">,
): TurnResult {
  const cause = stopCause(drive.signal)
  if (cause === "interrupted") return interrupted
  if (cause === "timeout") return timedOut(attemptMsMax)
  if (isModelError(error)) {
    const { code, recoverable, message } = error
    return { kind: "error", code, recoverable, message }
  }
  if (cause === null) log.error({ err: error, turn: drive.turn.turnId }, "a turn failed")
  return failed
}

function timedOut(limitMs: number): TurnResult {
  const minutes = Math.max(1, Math.round(limitMs / 60_000))
  return {
    kind: "error",
    code: "turn_timeout",
    recoverable: true,
    message: `This took longer than ${minutes} minutes and was stopped. What was said is kept.`,
  }
}
