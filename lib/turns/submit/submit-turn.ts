import { storeAttachmentBytes } from "#db/queries/attachments.ts"
import type { SubmitRow } from "#db/queries/submit.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import type { AttachmentRef, EventPayload } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"
import { rateLimited } from "#lib/rates/rate-limited.ts"
import type { Admission, RateNotice } from "#lib/rates/rate-limiter.ts"
import type { KeyClaim } from "#lib/redis/take-script.ts"
import type { TurnDependencies } from "#lib/turns/dependencies.ts"
import { firstLine } from "#lib/turns/first-line.ts"

import { fingerprintOf } from "./fingerprint.ts"
import type { AcceptedTurn, Submission, SubmitResult } from "./submission.ts"

const previewCharactersMax = 200
const titleCharactersMax = 60

interface Attempt {
  turnId: string
  messageId: string
  fingerprint: Buffer
  claimKey: string | null
  claimValue: string
}

/**
 * Accepts a message: after this answers `accepted` the message and its turn survive the death of any
 * process. Redis decides first and cheaply, Postgres has the last word, so Redis may be away, empty
 * or wrong without a duplicate or a loss.
 * @throws AppError not_found, rate_limited, over_budget, agent_disabled, conversation_read_only,
 * queue_full
 * @see docs/protocol.md#submit
 */
export async function submitTurn(
  dependencies: TurnDependencies,
  principal: Principal,
  conversationId: string,
  submission: Submission,
): Promise<SubmitResult> {
  const attempt = beginAttempt(dependencies, conversationId, submission)
  await dependencies.failpoint("submit.before_claim")
  const admission = await dependencies.limiter.admit("submits", principal, claimOf(attempt))
  await dependencies.failpoint("submit.after_claim")
  if (admission.state !== "allowed") {
    const replay = await findReplay(dependencies, principal, conversationId, submission)
    if (replay !== null) return replay
  }
  const rate = await countedRate(dependencies, principal, admission)
  try {
    if (await dependencies.budgets.isSpent(principal.tenantId)) {
      const replay = await findReplay(dependencies, principal, conversationId, submission)
      if (replay !== null) return replay
      throw overBudget()
    }
    const result = await insertOrReplay(
      dependencies,
      principal,
      conversationId,
      submission,
      attempt,
    )
    return result.outcome === "accepted" ? { ...result, rate } : result
  } catch (error) {
    if (admission.state === "allowed" && admission.isClaimed && attempt.claimKey !== null) {
      await dependencies.bus.release(attempt.claimKey, attempt.claimValue)
    }
    throw error
  }
}

/**
 * A key that somebody holds without having committed is no way round the limit.
 * @throws AppError rate_limited
 */
async function countedRate(
  { limiter }: TurnDependencies,
  principal: Principal,
  admission: Admission,
): Promise<RateNotice | null> {
  const counted = admission.state === "held" ? await limiter.admit("submits", principal) : admission
  if (counted.state === "refused") throw rateLimited(counted.notice)
  return counted.state === "allowed" ? counted.notice : null
}

/**
 * Finds the earlier result for the submission's idempotency key; null when the key is unused or
 * missing.
 * @throws AppError not_found when the caller may not write to the conversation
 */
export async function findReplay(
  dependencies: Pick<TurnDependencies, "lookUpKey">,
  principal: Principal,
  conversationId: string,
  submission: Submission,
): Promise<SubmitResult | null> {
  if (submission.idempotencyKey === null) return null
  const found = await dependencies.lookUpKey({
    tenantId: principal.tenantId,
    userId: principal.userId,
    conversationId,
    key: submission.idempotencyKey,
  })
  if (found === null) throw notFound()
  if (found.key === null) return null
  if (!found.key.fingerprint.equals(fingerprintOf(submission))) return { outcome: "conflicting" }
  return {
    outcome: "replayed",
    turnId: found.key.turnId,
    messageId: found.key.messageId,
    queuedBehind: found.key.queuedBehind,
    rate: null,
  }
}

function beginAttempt(
  dependencies: TurnDependencies,
  conversationId: string,
  submission: Submission,
): Attempt {
  const turnId = newId(dependencies.clock.now())
  const fingerprint = fingerprintOf(submission)
  const { idempotencyKey } = submission
  return {
    turnId,
    messageId: newId(dependencies.clock.now()),
    fingerprint,
    claimKey:
      idempotencyKey === null
        ? null
        : dependencies.keys.idempotency(conversationId, "message", idempotencyKey),
    // Its own, so that only this attempt gives the claim back.
    claimValue: turnId,
  }
}

function claimOf({ claimKey, claimValue }: Attempt): KeyClaim | undefined {
  if (claimKey === null) return undefined
  return { key: claimKey, value: claimValue, ttlSeconds: limits.idempotencySeconds }
}

function storageFull(bytesMax: number): AppError {
  const gibibytes = Math.round(bytesMax / 1024 ** 3)
  return new AppError(
    "storage_full",
    `The ${gibibytes} GiB for files are used up. Deleting conversations with files makes room within two hours.`,
  )
}

function overBudget(): AppError {
  return new AppError(
    "over_budget",
    "The tokens of this month are used up. An administrator can raise the limit.",
  )
}

async function insertOrReplay(
  dependencies: TurnDependencies,
  principal: Principal,
  conversationId: string,
  submission: Submission,
  attempt: Attempt,
): Promise<SubmitResult> {
  if (submission.attachments.length > 0) {
    const isStored = await storeAttachmentBytes(
      dependencies.submitDb,
      principal.tenantId,
      submission.attachments,
      dependencies.fileBytesMax,
    )
    if (!isStored) {
      const replay = await findReplay(dependencies, principal, conversationId, submission)
      if (replay !== null) return replay
      throw storageFull(dependencies.fileBytesMax)
    }
  }
  const { row, payload } = toRow(dependencies, principal, conversationId, submission, attempt)
  await dependencies.failpoint("submit.before_insert")
  const outcome = await dependencies.submits.write(row)
  switch (outcome.state) {
    case "accepted":
      await dependencies.failpoint("submit.after_commit")
      return announce(dependencies, conversationId, attempt, outcome, payload)
    case "not_found":
      throw notFound()
    case "key_taken":
    case "agent_disabled":
    case "read_only":
    case "queue_full": {
      // A retry of an accepted message is never refused, even if the agent was disabled or the
      // queue filled up since.
      const replay = await findReplay(dependencies, principal, conversationId, submission)
      if (replay !== null) return replay
      throw refusalOf(outcome.state)
    }
  }
}

function refusalOf(state: "key_taken" | "agent_disabled" | "read_only" | "queue_full"): AppError {
  switch (state) {
    case "key_taken":
      // The key expired between the two statements.
      return new AppError("unavailable", "Try again.", { retryAfterSeconds: 1 })
    case "agent_disabled":
      return new AppError("agent_disabled", "This agent is disabled.")
    case "read_only":
      return new AppError("conversation_read_only", "This conversation is read-only.")
    case "queue_full":
      return new AppError("queue_full", "Too many messages are waiting in this conversation.", {
        retryAfterSeconds: 5,
      })
  }
}

function toRow(
  dependencies: TurnDependencies,
  principal: Principal,
  conversationId: string,
  submission: Submission,
  attempt: Attempt,
): { row: SubmitRow; payload: EventPayload<"message"> } {
  const { turnId, messageId, fingerprint } = attempt
  const { text, turnSource, browserSession, idempotencyKey, identityJson } = submission
  const attachments = submission.attachments.map((file) => ({
    id: newId(dependencies.clock.now()),
    sha256: file.sha256,
    filename: file.filename,
    contentType: file.contentType,
    sizeBytes: file.bytes.length,
  }))
  const payload: EventPayload<"message"> = {
    turn_id: turnId,
    message_id: messageId,
    text,
    attachments: attachments.map(toAttachmentRef),
    author: { user_id: principal.userId, name: principal.name },
    turn_source: turnSource,
    idempotency_key: idempotencyKey,
  }
  const words = text.trim() === "" ? (attachments[0]?.filename ?? "") : text
  const row: SubmitRow = {
    tenantId: principal.tenantId,
    userId: principal.userId,
    conversationId,
    turnId,
    messageId,
    turnSource,
    browserSession,
    payload: JSON.stringify(payload),
    detail: identityJson === null ? null : `{"identity":${identityJson}}`,
    preview: firstLine(words, previewCharactersMax),
    automaticTitle: firstLine(words, titleCharactersMax),
    idempotency: idempotencyKey === null ? null : { key: idempotencyKey, fingerprint },
    attachments,
  }
  return { row, payload }
}

/** After the commit, best effort: the readers, the doorbell. */
function announce(
  dependencies: TurnDependencies,
  conversationId: string,
  attempt: Attempt,
  accepted: { seq: number; queuedBehind: number },
  payload: EventPayload<"message">,
): AcceptedTurn {
  const { seq, queuedBehind } = accepted
  dependencies.publish({
    conversationId,
    firstSeq: seq,
    lastSeq: seq,
    events: [{ seq, kind: "message", json: JSON.stringify(payload) }],
  })
  if (queuedBehind === 0) dependencies.doorbell.ring()
  const { turnId, messageId } = attempt
  return { outcome: "accepted", turnId, messageId, queuedBehind, rate: null }
}

function toAttachmentRef(file: {
  id: string
  filename: string
  contentType: string
  sizeBytes: number
}): AttachmentRef {
  return {
    attachment_id: file.id,
    filename: file.filename,
    content_type: file.contentType,
    size_bytes: file.sizeBytes,
  }
}
