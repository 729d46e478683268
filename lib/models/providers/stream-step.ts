import { setTimeout as sleep } from "node:timers/promises"

import type { LanguageModelV4CallOptions } from "@ai-sdk/provider"

import { ModelCall } from "#lib/models/answer/call-model.ts"
import { isWorthRetrying, retryNotice, toModelError } from "#lib/models/answer/model-failure.ts"
import { publicAddress } from "#lib/models/answer/open-answer.ts"
import { Patience, type PatienceLimits } from "#lib/models/answer/patience.ts"
import { AnswerReader, type AnswerSource } from "#lib/models/answer/read-answer.ts"
import type { Refusals } from "#lib/models/answer/refusals.ts"
import type { Guide } from "#lib/models/guide/create-guide.ts"
import { loadAttachmentParts } from "#lib/models/request/attachment-parts.ts"
import { RefusableParts } from "#lib/models/request/refusable-parts.ts"
import { declare, toInstructedPrompt, writeStep } from "#lib/models/request/write-step.ts"
import type { StepPart, StepRequest } from "#lib/models/step.ts"

import { type Providers, providerTitle } from "./providers.ts"

export interface StepSetup {
  defaultModel: string
  guide: Guide
  providers: Providers
  refusals: Refusals
  limits: PatienceLimits
  /** The waits before the second and the third try. */
  backoffMs: readonly number[]
  costOf(id: string, inputTokens: number | null, outputTokens: number | null): number | null
}

/** A server that asks for more patience than this gets an error the person sees now. */
const retryAfterMsMax = 30_000

/** One step of a model, tried again where nothing of an answer had come. @see Models.streamStep */
export async function* streamStep(
  request: StepRequest,
  setup: StepSetup,
): AsyncGenerator<StepPart, void, undefined> {
  const id = request.model ?? setup.defaultModel
  const title = providerTitle(id)
  const costOf: AnswerSource["costOf"] = (input, output) => setup.costOf(id, input, output)
  const source = { id, title, request, costOf, takesThoughts: id.startsWith("openai-compatible/") }
  if (id === "guide") return yield* streamGuide(source, setup.guide)
  const provider = setup.providers.open(id)
  const { secrets } = setup.providers
  const patience = new Patience(title, setup.limits)
  const parts = new RefusableParts(setup.refusals, id, request.history)
  let written = await writeStep(provider, source, parts, secrets)
  const known = parts.knownNotice()
  if (known !== null) yield { type: "status", message: known }
  for (let attempt = 0; ; attempt += 1) {
    const call = new ModelCall({ ...source, wire: provider.wire, written, patience })
    try {
      for (let some = await call.next(); some !== null; some = await call.next()) {
        const notice = call.hasBegun ? parts.accepted() : null
        if (notice !== null) yield { type: "status", message: notice }
        for (const part of some) yield part
      }
      return
    } catch (error) {
      call.close()
      if (request.signal.aborted) return
      const { hasBegun } = call
      const address = publicAddress(written.url)
      const told = toModelError(error, { provider, model: id, address, hasBegun, secrets })
      if (!hasBegun && parts.leaveOut(error, told.code)) {
        written = await writeStep(provider, source, parts, secrets)
        attempt -= 1
        continue
      }
      const waitMs = hasBegun ? null : retryWaitMs(error, setup.backoffMs[attempt])
      if (waitMs === null || !isWorthRetrying(error) || waitMs >= patience.firstByteMsLeft()) {
        throw told
      }
      patience.hasTold = true
      yield { type: "status", message: retryNotice(error, waitMs) }
      if (!(await sleptFor(waitMs, request.signal))) return
    } finally {
      call.close()
    }
  }
}

/** Null when another try is pointless, or later than a person would wait. */
function retryWaitMs(error: unknown, backoffMs: number | undefined): number | null {
  if (backoffMs === undefined || !isWorthRetrying(error)) return null
  const asked = error.facts.retryAfterMs ?? 0
  if (asked > retryAfterMsMax) return null
  return Math.max(asked, backoffMs * (1 + Math.random() / 4))
}

async function sleptFor(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

async function* streamGuide(
  source: AnswerSource,
  guide: Guide,
): AsyncGenerator<StepPart, void, undefined> {
  const { request } = source
  const answer = new AnswerReader(source)
  const attachments = await loadAttachmentParts(request.history, { isInline: false })
  const options: LanguageModelV4CallOptions = {
    prompt: toInstructedPrompt(request, { model: source.id, attachments }),
    abortSignal: request.signal,
    tools: request.tools.map(declare),
  }
  try {
    for await (const part of guide(options)) {
      if ("text" in part) answer.text(part.text)
      else answer.toolCall(part.call)
      yield* answer.take()
      if (request.signal.aborted) return
    }
  } catch (error) {
    if (request.signal.aborted) return
    throw error
  }
  answer.finish("end")
  yield* answer.end()
}
