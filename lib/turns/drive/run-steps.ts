import { listRows } from "#db/queries/journal.ts"
import {
  isModelError,
  ModelError,
  type HistoryAttachment,
  type HistoryMessage,
  type StepPart,
  type StepRequest,
  type ToolContext,
} from "#lib/models/step.ts"
import type { EventPayload } from "#lib/protocol/events.ts"
import { briefModel } from "#lib/protocol/model-briefing.ts"
import type { CallFinish } from "#lib/transcript/model-calls.ts"
import { EarlierTurns, withPatientLoaders } from "#lib/turns/history/earlier-turns.ts"

import type { Drive, DriveDependencies } from "./drive.ts"
import { logToolCall, runTools, type ToolCall } from "./run-tools.ts"
import type { TurnResult } from "./turn-result.ts"
import { usageOfStep } from "./usage-numbers.ts"

const stepsMax = 20
/** A model that never stops talking is stopped here: the text is held in memory until the end. */
const answerCharactersMax = 1_000_000

interface StepOutcome {
  reason: CallFinish["reason"]
  calls: ToolCall[]
}

/**
 * Calls the model and runs the requested tools, until it requests none.
 * @throws ModelError, or the reason why the turn was stopped
 */
export async function runSteps(dependencies: DriveDependencies, drive: Drive): Promise<TurnResult> {
  const earlier = new EarlierTurns(dependencies, drive)
  for (;;) {
    drive.signal.throwIfAborted()
    const hasNews = await readNudges(dependencies, drive)
    if (drive.lastReason !== null && drive.lastReason !== "tools" && !hasNews) {
      return { kind: "final", stopReason: drive.lastReason }
    }
    if (drive.steps >= stepsMax && !hasNews) return { kind: "final", stopReason: "steps" }
    const { reason, calls } = await callModel(dependencies, drive, earlier)
    drive.steps += 1
    drive.lastReason = calls.length > 0 ? "tools" : reason === "tools" ? "end" : reason
    await drive.log.flushed()
    await dependencies.failpoint("turn.after_model_call")
    drive.signal.throwIfAborted()
    if (calls.length > 0) await answerCalls(dependencies, drive, calls, await earlier.messages())
  }
}

/** Runs committed calls; a finished step has all its results committed. */
export async function answerCalls(
  dependencies: DriveDependencies,
  drive: Drive,
  calls: readonly ToolCall[],
  earlier: readonly HistoryMessage[],
): Promise<void> {
  const context = toolContext(dependencies, drive, earlier)
  const results = await runTools(drive.log, drive.tools, calls, context)
  await dependencies.failpoint("turn.after_tools")
  await drive.log.flushed()
  for (const { id } of results) drive.openCalls.delete(id)
  drive.messages.push({ role: "tool", results })
  drive.signal.throwIfAborted()
}

async function callModel(
  dependencies: DriveDependencies,
  drive: Drive,
  earlier: EarlierTurns,
): Promise<StepOutcome> {
  const keptBefore = drive.log.keptText
  const callsBefore = drive.openCalls.size
  const instructions = instructionsOf(drive)
  for (;;) {
    const { history, attachmentTextMax } = await earlier.withOwn(instructions.length)
    const request: StepRequest = {
      model: drive.context.model,
      instructions,
      history,
      attachmentTextMax,
      tools: drive.tools,
      signal: drive.signal,
    }
    try {
      const outcome = await readStep(dependencies, drive, request)
      earlier.accepted()
      return outcome
    } catch (error) {
      drive.signal.throwIfAborted()
      const isFresh = drive.log.keptText === keptBefore && drive.openCalls.size === callsBefore
      if (!isModelError(error) || error.code !== "context_too_long" || !isFresh) throw error
      if (!earlier.shrink()) throw tooLongAlone(error)
    }
  }
}

function instructionsOf({ context, turnSource }: Drive): string {
  const { agentName, userName: personName, timeZone, instructions } = context
  const facts = { agentName, personName, timeZone, source: turnSource, now: new Date() }
  return briefModel(facts, instructions)
}

function tooLongAlone(cause: ModelError): ModelError {
  return new ModelError(
    "context_too_long",
    "This message is longer than the model can read, even without the messages before it. Shorten it, or choose a model with a larger context.",
    false,
    cause,
  )
}

async function readStep(
  dependencies: DriveDependencies,
  drive: Drive,
  request: StepRequest,
): Promise<StepOutcome> {
  const { log } = drive
  const calls: ToolCall[] = []
  let text = ""
  for await (const part of untilAborted(dependencies.models.streamStep(request), drive.signal)) {
    switch (part.type) {
      case "text":
        // Separate the texts of two steps by a blank line.
        if (text === "" && /\S$/.test(log.keptText)) log.appendText("\n\n")
        text += part.text
        log.appendText(part.text)
        await log.room()
        if (log.keptText.length > answerCharactersMax)
          return endOfLongAnswer(drive, { text, calls })
        break
      case "tool_call":
        logToolCall(log, drive.tools, part)
        calls.push(part)
        drive.openCalls.set(part.id, part)
        break
      case "status":
        log.append("status", { message: part.message })
        break
      case "finish":
        finishStep(drive, part, { text, calls })
        return { reason: part.reason, calls }
    }
  }
  drive.signal.throwIfAborted()
  throw new Error("the model call ended without its last part")
}

/** Ends a step before the model does; its usage is therefore unknown. */
function endOfLongAnswer(
  drive: Drive,
  said: { text: string; calls: readonly ToolCall[] },
): StepOutcome {
  const model = drive.context.model ?? "default"
  const usage = { model, inputTokens: null, outputTokens: null, costUsd: null }
  finishStep(drive, { type: "finish", reason: "length", usage }, said)
  return { reason: "length", calls: said.calls.slice() }
}

function finishStep(
  drive: Drive,
  part: Extract<StepPart, { type: "finish" }>,
  said: { text: string; calls: readonly ToolCall[] },
): void {
  const usage = usageOfStep(part.usage)
  const finish: CallFinish = {
    reason: said.calls.length > 0 ? "tools" : part.reason === "tools" ? "end" : part.reason,
    nudgesReadSeq: drive.nudgesReadSeq,
    ...(part.providerMetadata === undefined ? {} : { providerMetadata: part.providerMetadata }),
  }
  drive.log.append("token_usage", usage, finish)
  drive.usage.push(usage)
  drive.messages.push({
    role: "assistant",
    text: said.text,
    toolCalls: said.calls.map(({ id, name, args }) => ({ id, name, args })),
    ...(part.providerMetadata === undefined ? {} : { providerMetadata: part.providerMetadata }),
  })
}

/** Reads nudges added since the last step. @returns whether any were found */
async function readNudges(dependencies: DriveDependencies, drive: Drive): Promise<boolean> {
  const { turn } = drive
  // A fresh turn has none; one that arrives now is found before the turn may end.
  if (drive.steps === 0 && turn.nudgeSeq === null) return false
  const rows = await drive.outlast(() =>
    listRows(dependencies.db, {
      tenantId: turn.tenantId,
      conversationId: turn.conversationId,
      turnId: turn.turnId,
      direction: "inbound",
      sinceSeq: Math.max(drive.nudgesReadSeq, turn.messageSeq),
      rowsMax: 1_000,
    }),
  )
  const nudges = rows.filter((row) => row.kind === "nudge")
  for (const row of nudges) {
    const nudge: EventPayload<"nudge"> = JSON.parse(row.payload)
    drive.messages.push({ role: "user", text: nudge.text, attachments: [] })
    drive.nudgesReadSeq = row.seq
  }
  return nudges.length > 0
}

/** Ends the wait for a model that does not notice that its signal was aborted. */
async function* untilAborted(
  parts: AsyncIterable<StepPart>,
  signal: AbortSignal,
): AsyncGenerator<StepPart> {
  const iterator = parts[Symbol.asyncIterator]()
  let onAbort = () => {}
  const end = () => onAbort()
  signal.addEventListener("abort", end, { once: true })
  try {
    for (;;) {
      // A race with one promise for the whole answer would keep something of every part until its end.
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<StepPart>>()
      onAbort = () => reject(signal.reason)
      if (signal.aborted) onAbort()
      iterator.next().then(resolve, reject)
      const next = await promise
      if (next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener("abort", end)
    // Lets the model release its socket; its answer no longer matters.
    void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

function toolContext(
  dependencies: DriveDependencies,
  drive: Drive,
  earlier: readonly HistoryMessage[],
): ToolContext {
  const { tenantId, userId, conversationId } = drive.turn
  const messages = [...earlier, ...withPatientLoaders(dependencies, drive, drive.messages)]
  const attachments: HistoryAttachment[] = messages.flatMap((message) =>
    message.role === "user" ? message.attachments : [],
  )
  return { signal: drive.signal, tenantId, userId, conversationId, attachments }
}
