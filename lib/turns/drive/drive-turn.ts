import type { Database } from "#db/client.ts"
import { isReachable } from "#db/queries/installation.ts"
import { listRows, type StoredRow } from "#db/queries/journal.ts"
import { findTurnContext, type TurnContext } from "#db/queries/turn-context.ts"
import type { ClaimedTurn } from "#db/queries/turns.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import type { TurnLog } from "#lib/journal/turn-log.ts"
import type { AgentTool } from "#lib/models/step.ts"
import { EarlierTurns } from "#lib/turns/history/earlier-turns.ts"

import { isLeft, stop, type Drive, type DriveDependencies } from "./drive.ts"
import { finishTurn } from "./finish-turn.ts"
import { outlastOutage } from "./outlast-outage.ts"
import { replayTurn, type ReplayedTurn } from "./replay-turn.ts"
import { answerCalls, runSteps } from "./run-steps.ts"
import { logToolResult } from "./run-tools.ts"
import {
  crashed,
  failed,
  interrupted,
  rejected,
  resultOfFailure,
  unowned,
  type TurnResult,
} from "./turn-result.ts"

/** Attempts that may die with their driver before the turn is ended as failed. */
const crashesMax = 3
const rowsPerRead = 2_000

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
  const timeout = setTimeout(() => stop(control, "timeout"), dependencies.attemptMsMax)
  timeout.unref()
  try {
    const { context, tools, before, verdict } = await begin(dependencies, turn, control)
    const drive: Drive = {
      turn,
      context,
      tools,
      log: openLog(dependencies, turn, before, control),
      signal: control.signal,
      outlast: async (read) => {
        control.signal.throwIfAborted()
        const isOver = () => control.signal.aborted
        return await readPatiently(dependencies, turn, control, { read, isOver })
      },
      elapsedMs,
      turnSource: before.turnSource,
      messages: before.messages,
      usage: before.usage,
      openCalls: new Map(before.openCalls.map((call) => [call.id, call])),
      steps: before.steps,
      // The replayed messages hold every nudge; one no model call has read needs another call.
      nudgesReadSeq: before.nudgeSeq,
      lastReason: before.nudgeSeq > before.nudgesReadSeq ? null : before.lastReason,
    }
    await driveToEnd(dependencies, drive, before, verdict)
  } catch (error) {
    if (!isLeft(control.signal) && !isOutage(error)) throw error
    dependencies.log.warn({ err: error, turn: turn.turnId }, "a turn is left to another attempt")
  } finally {
    clearTimeout(timeout)
  }
}

/**
 * Retries a turn's reads for one lease. If PostgreSQL stays unreachable, the attempt is given up;
 * if PostgreSQL answers other statements, the turn itself fails.
 */
async function readPatiently<T>(
  { db, log, leaseSeconds }: DriveDependencies,
  { turnId }: ClaimedTurn,
  control: AbortController,
  { read, isOver }: { read: () => Promise<T>; isOver: () => boolean },
): Promise<T> {
  try {
    return await outlastOutage(read, { limitMs: leaseSeconds * 1_000, isOver, log, turnId })
  } catch (error) {
    if (!isOutage(error)) throw error
    control.signal.throwIfAborted()
    if (await isReachable(db)) {
      throw new Error(`a statement never got through: ${String(error)}`)
    }
    stop(control, "lost")
    throw error
  }
}

interface Beginning {
  context: TurnContext
  tools: readonly AgentTool[]
  before: ReplayedTurn
  /** How the turn ends without a model call; null when it is to be driven. */
  verdict: TurnResult | null
}

/**
 * Ends a turn whose context or journal is unreadable with an error, so it is not claimed again for
 * ever.
 */
async function begin(
  dependencies: DriveDependencies,
  turn: ClaimedTurn,
  control: AbortController,
): Promise<Beginning> {
  const { db, log, toolsFor } = dependencies
  // A turn that is stopped meanwhile needs its text for its ending.
  const isOver = () => isLeft(control.signal)
  const readAnyhow = <T>(read: () => Promise<T>) =>
    readPatiently(dependencies, turn, control, { read, isOver })
  try {
    const context = await readAnyhow(() => findTurnContext(db, turn))
    const verdict = verdictOn(turn, context)
    const before = replayTurn(await readAnyhow(() => readTurn(db, turn)), {
      // A resumed attempt drops its predecessor's unfinished step; an ending keeps it.
      onlyFinished: turn.attempt > 1 && verdict === null,
    })
    const tools = context === null ? [] : toolsFor(context.tools)
    return { context: context ?? noContext, tools, before, verdict }
  } catch (error) {
    if (isLeft(control.signal) || isOutage(error)) throw error
    log.error({ err: error, turn: turn.turnId }, "a turn could not be read")
    const before = replayTurn([], { onlyFinished: false })
    return { context: noContext, tools: [], before, verdict: failed }
  }
}

function verdictOn(turn: ClaimedTurn, context: TurnContext | null): TurnResult | null {
  if (turn.isInterruptRequested) return interrupted
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

/** Converts any thrown error into the turn's result, after flushing the log. */
async function attempt(
  dependencies: DriveDependencies,
  drive: Drive,
  work: () => Promise<TurnResult>,
): Promise<TurnResult> {
  let result: TurnResult
  try {
    result = await work()
  } catch (error) {
    result = resultOfFailure(drive, error, dependencies)
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
  const earlier = await new EarlierTurns(dependencies, drive).messages()
  await answerCalls(dependencies, drive, again, earlier)
}

/** Stands in for the person and the agent of a turn when they are gone: it ends, but asks no model. */
const noContext: TurnContext = {
  agentName: "",
  instructions: "",
  model: null,
  tools: [],
  conversationTitle: null,
  userName: "",
  timeZone: null,
}

/** Lost to another attempt: this one writes no ending. */
function isSomebodyElses(drive: Drive): boolean {
  return isLeft(drive.signal) || drive.log.failure?.kind === "lost"
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
