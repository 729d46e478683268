import type { Database } from "#db/client.ts"
import { listRows, type StoredRow } from "#db/queries/journal.ts"
import { findTurnContext, type TurnContext } from "#db/queries/turn-context.ts"
import type { ClaimedTurn } from "#db/queries/turns.ts"
import type { TurnLog } from "#lib/journal/turn-log.ts"
import { isModelError } from "#lib/models/step.ts"

import { stop, stopCause, type Drive, type DriveDependencies, type TurnResult } from "./drive.ts"
import { finishTurn } from "./finish-turn.ts"
import { loadHistory } from "./load-history.ts"
import { replayTurn, type ReplayedTurn } from "./replay-turn.ts"
import { answerCalls, runSteps } from "./run-steps.ts"
import { logToolResult } from "./run-tools.ts"

/** Counted from this attempt on: a turn is not to blame for the time nobody drove it. */
const attemptMsMax = 10 * 60_000
/** Attempts that may die with their driver before the turn is ended as failed. */
const crashesMax = 3
const rowsPerRead = 2_000
const historyTokensForTools = 20_000

/**
 * Runs one attempt of a claimed turn to its end: recovery, model calls, tools, terminal events. The
 * same code serves the first attempt and every later one.
 * @param control aborting it with a `StopCause` as its reason stops the turn
 */
export async function driveTurn(
  dependencies: DriveDependencies,
  turn: ClaimedTurn,
  control: AbortController,
): Promise<void> {
  const startedAt = performance.now()
  const elapsedMs = () => Math.round(turn.elapsedMs + performance.now() - startedAt)
  const timeout = setTimeout(() => stop(control, "timeout"), attemptMsMax)
  timeout.unref()
  try {
    const context = await findTurnContext(dependencies.db, turn)
    const verdict = verdictOn(turn, context)
    const before = replayTurn(await readTurn(dependencies.db, turn), {
      // An attempt that goes on drops what its predecessor had not finished; an ending keeps it.
      onlyFinished: turn.attempt > 1 && verdict === null,
    })
    const drive: Drive = {
      turn,
      context: context ?? nobody,
      tools: dependencies.toolsFor((context ?? nobody).tools),
      log: openLog(dependencies, turn, before, control),
      signal: control.signal,
      elapsedMs,
      messages: before.messages,
      usage: before.usage,
      openCalls: new Map(before.openCalls.map((call) => [call.id, call])),
      steps: before.steps,
      // The replayed messages hold every nudge; one no model call has read needs another call.
      nudgesReadSeq: before.nudgeSeq,
      lastReason: before.nudgeSeq > before.nudgesReadSeq ? null : before.lastReason,
    }
    await driveToEnd(dependencies, drive, before, verdict)
  } finally {
    clearTimeout(timeout)
  }
}

/** How a turn ends without a model call; null when it is to be driven. */
function verdictOn(turn: ClaimedTurn, context: TurnContext | null): TurnResult | null {
  if (turn.isInterruptRequested) return { kind: "final", stopReason: "interrupted" }
  if (turn.crashes >= crashesMax) return crashed
  return context === null ? unowned : null
}

async function driveToEnd(
  dependencies: DriveDependencies,
  drive: Drive,
  before: ReplayedTurn,
  verdict: TurnResult | null,
): Promise<void> {
  let result = await attempt(dependencies, drive, async () => {
    if (verdict !== null) return verdict
    await closeOpenCalls(dependencies, drive, before)
    beginAttempt(drive, before)
    return await runSteps(dependencies, drive)
  })
  while (!isSomebodyElses(drive)) {
    const outcome = await finishTurn(dependencies, drive, result)
    if (outcome !== "nudged") return
    // A nudge came after the last model call: one more step reads it before the turn may end.
    result = await attempt(dependencies, drive, () => runSteps(dependencies, drive))
  }
}

/** Turns whatever ends the work into the turn's result, with everything said so far committed. */
async function attempt(
  dependencies: DriveDependencies,
  drive: Drive,
  work: () => Promise<TurnResult>,
): Promise<TurnResult> {
  let result: TurnResult
  try {
    result = await work()
  } catch (error) {
    result = resultOfFailure(dependencies, drive, error)
  }
  await drive.log.flushed()
  return drive.log.failure?.kind === "rejected" ? rejected : result
}

function beginAttempt(drive: Drive, before: ReplayedTurn): void {
  const { turn, log, context } = drive
  const keepSeq = before.openCalls.length > 0 ? log.committedSeq : before.keepSeq
  log.append("turn_started", { attempt: turn.attempt, keep_seq: keepSeq })
  const isFirstOfConversation = turn.messageSeq === 1 && turn.attempt === 1
  if (isFirstOfConversation && context.conversationTitle !== null) {
    log.append("title", { title: context.conversationTitle })
  }
}

/**
 * Gives every call an earlier attempt left open its result, which finishes that step: a call with
 * side effects may have had them, so it is never made again; one that only reads is made again.
 */
async function closeOpenCalls(
  dependencies: DriveDependencies,
  drive: Drive,
  before: ReplayedTurn,
): Promise<void> {
  if (before.openCalls.length === 0) return
  const unknown = before.openCalls.filter((call) => call.scope === "write")
  const again = before.openCalls.filter((call) => call.scope === "read")
  for (const call of unknown) {
    const result = `outcome unknown: the process stopped while ${call.name} ran, it may or may not have had its effect`
    logToolResult(drive.log, call.id, { isError: true, summary: "outcome unknown", result })
    drive.messages.push({
      role: "tool",
      results: [{ id: call.id, name: call.name, isError: true, result }],
    })
    drive.openCalls.delete(call.id)
  }
  const { messages } = await loadHistory(dependencies.db, drive.turn, historyTokensForTools)
  await answerCalls(dependencies, drive, again, messages)
}

/** Stands in for the person and the agent of a turn when they are gone: it ends, but asks no model. */
const nobody: TurnContext = {
  agentName: "",
  instructions: "",
  model: null,
  tools: [],
  conversationTitle: null,
  userName: "",
}

const unowned: TurnResult = {
  kind: "error",
  code: "internal",
  recoverable: false,
  message: "The agent or the person this message belongs to is not there any more.",
}

const crashed: TurnResult = {
  kind: "error",
  code: "driver_crashed",
  recoverable: true,
  message:
    "The process that answered stopped three times. What was said is kept; you can try again.",
}

const rejected: TurnResult = {
  kind: "error",
  code: "event_rejected",
  recoverable: true,
  message: "A part of the answer could not be stored. What was said before is kept.",
}

function resultOfFailure(
  dependencies: DriveDependencies,
  drive: Drive,
  error: unknown,
): TurnResult {
  const cause = stopCause(drive.signal)
  if (cause === "interrupted") return { kind: "final", stopReason: "interrupted" }
  if (cause === "timeout") {
    return {
      kind: "error",
      code: "turn_timeout",
      recoverable: true,
      message: "This took longer than ten minutes and was stopped. What was said is kept.",
    }
  }
  if (isModelError(error)) {
    const { code, recoverable, message } = error
    return { kind: "error", code, recoverable, message }
  }
  if (cause === null) {
    dependencies.log.error({ err: error, turn: drive.turn.turnId }, "a turn failed")
  }
  return {
    kind: "error",
    code: "internal",
    recoverable: true,
    message: "Something went wrong on our side. Your message is kept; you can try again.",
  }
}

/** Lost to another attempt, or about to be handed back: this attempt writes no ending. */
function isSomebodyElses(drive: Drive): boolean {
  const cause = stopCause(drive.signal)
  return cause === "lost" || cause === "handed_back" || drive.log.failure?.kind === "lost"
}

function openLog(
  dependencies: DriveDependencies,
  turn: ClaimedTurn,
  before: ReplayedTurn,
  control: AbortController,
): TurnLog {
  const log = dependencies.writer.open({
    conversationId: turn.conversationId,
    turnId: turn.turnId,
    attempt: turn.attempt,
    sinceSeq: turn.headSeq,
    keptText: before.keptText,
  })
  log.onInterrupt = () => stop(control, "interrupted")
  log.onFailure = (failure) => stop(control, failure.kind)
  return log
}

/** A first attempt finds its message only; a later one all that earlier ones have committed. */
async function readTurn(db: Database, turn: ClaimedTurn): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  for (let sinceSeq = turn.messageSeq - 1; ;) {
    const page = await listRows(db, {
      tenantId: turn.tenantId,
      conversationId: turn.conversationId,
      sinceSeq,
      ...(turn.attempt === 1 ? { beforeSeq: turn.messageSeq + 1 } : { turnId: turn.turnId }),
      withDetail: true,
      rowsMax: rowsPerRead,
    })
    rows.push(...page)
    const last = page.at(-1)
    if (last === undefined || turn.attempt === 1) return rows
    sinceSeq = last.seq
  }
}
