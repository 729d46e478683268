/** Why a model call failed, before anybody has put it into words for people. */
export interface FailureFacts {
  kind:
    | "refused" // an HTTP status that is no success
    | "reported" // an error within an answer
    | "redirected"
    | "page" // something that is no answer, see `contentType`
    | "empty"
    | "unreadable"
    | "cut"
    | "unreachable"
    | "silent"
    | "unwritten" // the request could not be made of this history
  status?: number
  /** The server's own words: parsed JSON, or text. */
  body?: unknown
  contentType?: string
  /** Of the request, without credentials or a query. */
  address?: string
  /** Where it was redirected to. */
  location?: string
  /** Milliseconds the server asked us to wait; null = it did not say, or nonsense. */
  retryAfterMs?: number | null
  silentMs?: number
  cause?: unknown
}

/** A model call that failed. Never leaves `lib/models`: `toModelError` tells it to people. */
export class CallFailure extends Error {
  readonly facts: FailureFacts

  constructor(facts: FailureFacts) {
    super(
      `model call: ${facts.kind}`,
      facts.cause === undefined ? undefined : { cause: facts.cause },
    )
    this.name = "CallFailure"
    this.facts = facts
  }
}
