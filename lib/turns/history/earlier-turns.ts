import {
  attachmentTextCharacters,
  attachmentTextMax,
  isImage,
} from "#lib/models/request/attachment-parts.ts"
import type { HistoryMessage } from "#lib/models/step.ts"
import type { Drive, DriveDependencies } from "#lib/turns/drive/drive.ts"
import type { ReplayedMessage } from "#lib/turns/drive/replay-turn.ts"

import {
  attachmentsOf,
  charactersOf,
  fitHistory,
  shortenResults,
  type FittedHistory,
  type TurnHistories,
} from "./fit-history.ts"
import { loadHistory, withLoader } from "./load-history.ts"

/** History of earlier turns: 100,000 tokens, estimated at four characters each. */
const historyCharactersMax = 400_000
/** After so many halvings only the turn's own messages are sent. */
const halvingsMax = 8
/** Less text of a file than this says nothing. */
const attachmentTextMin = 1_000

interface SentHistory {
  history: HistoryMessage[]
  /** Characters of attachments' text that may go into the request. */
  attachmentTextMax: number
}

interface Sent {
  earlier: number
  attachmentText: number
  all: number
}

/**
 * Selects the history for a turn's model calls: earlier turns that fit, plus the turn's own
 * messages. Each context_too_long refusal halves it, until only the turn's own messages are left.
 */
export class EarlierTurns {
  readonly #dependencies: DriveDependencies
  readonly #drive: Drive
  readonly #model: string
  #loaded: Promise<TurnHistories> | null = null
  #earlierMax = historyCharactersMax
  #attachmentMax = attachmentTextMax
  #shortensOwn = false
  #halvings = 0
  #sent: Sent | null = null
  #notice: string | null = null

  constructor(dependencies: DriveDependencies, drive: Drive) {
    this.#dependencies = dependencies
    this.#drive = drive
    this.#model = drive.context.model ?? dependencies.models.defaultModel
  }

  /** The earlier turns that fit. */
  async messages(): Promise<HistoryMessage[]> {
    return this.#withLoaders((await this.#fit()).messages)
  }

  /** The history of the next call: the earlier turns that fit, and the turn's own messages. */
  async withOwn(instructionsCharacters: number): Promise<SentHistory> {
    const whole = this.#drive.messages
    const own = this.#shortensOwn ? whole.map(shortenResults) : whole
    const ownCharacters = charactersOf(own) + instructionsCharacters
    if (this.#sent === null) this.#startWithin(own, ownCharacters)
    const fitted = await this.#fit()
    this.#say(fitted.notice)
    const messages = [...fitted.messages, ...own]
    const attachmentText = Math.min(
      this.#attachmentMax,
      attachmentTextCharacters(attachmentsOf(messages)),
    )
    const all = fitted.characters + attachmentText + ownCharacters + pictureBytes(messages)
    this.#sent = { earlier: fitted.characters, attachmentText, all }
    return { history: this.#withLoaders(messages), attachmentTextMax: this.#attachmentMax }
  }

  accepted(): void {
    if (this.#sent !== null) {
      this.#dependencies.contextSizes.accepted(this.#model, this.#sent.all)
    }
  }

  /**
   * Halves the request after a refusal as too long.
   * @returns false when nothing is left to drop or shorten
   */
  shrink(): boolean {
    const sent = this.#sent
    if (sent === null) return false
    this.#dependencies.contextSizes.refused(this.#model, sent.all)
    this.#halvings += 1
    const isLast = this.#halvings >= halvingsMax
    const hasFileText = sent.attachmentText >= attachmentTextMin
    this.#attachmentMax = isLast || !hasFileText ? 0 : Math.floor(sent.attachmentText / 2)
    if (sent.earlier > 0 || hasFileText) {
      this.#earlierMax = isLast ? 0 : Math.floor(sent.earlier / 2)
      return true
    }
    if (this.#shortensOwn || !this.#hasLongResults()) return false
    this.#shortensOwn = true
    this.#say("Tool results were shortened to fit the model.")
    return true
  }

  /** Starts within the learned limit of this model. */
  #startWithin(own: readonly ReplayedMessage[], ownCharacters: number): void {
    const room = this.#dependencies.contextSizes.roomOf(this.#model)
    if (room === null) return
    const left = Math.max(0, room - ownCharacters)
    this.#attachmentMax = Math.min(this.#attachmentMax, left)
    const text = Math.min(this.#attachmentMax, attachmentTextCharacters(attachmentsOf(own)))
    this.#earlierMax = Math.min(this.#earlierMax, left - text)
  }

  async #fit(): Promise<FittedHistory> {
    const drive = this.#drive
    const charactersMax = this.#earlierMax
    this.#loaded ??= drive.outlast(() =>
      loadHistory(this.#dependencies.db, drive.turn, charactersMax),
    )
    return fitHistory(await this.#loaded, this.#earlierMax)
  }

  #hasLongResults(): boolean {
    return this.#drive.messages.some((message) => shortenResults(message) !== message)
  }

  #say(notice: string | null): void {
    if (notice === null || notice === this.#notice) return
    this.#notice = notice
    this.#drive.log.append("status", { message: notice })
  }

  #withLoaders(messages: readonly ReplayedMessage[]): HistoryMessage[] {
    return withPatientLoaders(this.#dependencies, this.#drive, messages)
  }
}

/**
 * A server that refuses megabytes of pictures says the same as one that refuses a long text. Counted
 * in full they keep it from being taken for a limit of texts.
 */
function pictureBytes(messages: readonly ReplayedMessage[]): number {
  return attachmentsOf(messages)
    .filter((file) => isImage(file.content_type))
    .reduce((sum, file) => sum + file.size_bytes, 0)
}

/** Messages with a way to their files, which a database that is away delays and does not fail. */
export function withPatientLoaders(
  { db }: DriveDependencies,
  drive: Drive,
  messages: readonly ReplayedMessage[],
): HistoryMessage[] {
  return messages.map((replayed) => {
    const message = withLoader(db, drive.turn.tenantId, replayed)
    if (message.role !== "user") return message
    const attachments = message.attachments.map((file) => ({
      ...file,
      load: () => drive.outlast(() => file.load()),
    }))
    return { ...message, attachments }
  })
}
