import type { ErrorCode } from "#lib/protocol/error-codes.ts"

/** The meaning of each code for API clients; the `error` sentence is for people. */
export const errorMeanings: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request: "Not valid HTTP, an address with two readings, or a body that ended early.",
  invalid_json: "The body is not JSON, not an object, not UTF-8, or has too many fields or values.",
  invalid_query: "A query parameter has bad syntax, or came more often than once.",
  invalid_header:
    "Idempotency-Key is out of its limits, or a header that may come once came twice.",
  idempotency_key_mismatch: "Body and header name different keys.",
  unauthorized:
    "No credential, or one that is malformed, expired, revoked, or of a disabled person.",
  account_disabled: "A session cookie, or the right password, of a person who was disabled.",
  over_budget: "The tenant has used up the tokens of its month.",
  missing_scope: "The credential is valid and lacks the scope; the sentence names it.",
  admin_required: "Only administrators may do this.",
  outlives_credential: "A token asked for one that would live longer than itself.",
  browser_not_connected: "The caller's browser is not connected.",
  cross_site: "A session cookie, or a call to sign in, came from a page that is not the Studio's.",
  not_found: "It is not there, or not yours: the same answer.",
  agent_disabled: "The agent takes no messages now.",
  conversation_read_only: "The conversation takes no messages.",
  storage_full: "The files of the tenant take as much as they may.",
  token_limit: "The person has as many live tokens as one may have.",
  turn_started: "Too late to take it back.",
  too_large:
    "The body is larger than 16 MiB (to sign in: 16 KiB), or the files together larger than 12 MiB.",
  unsupported_media_type: "The body is not application/json, or it is encoded.",
  invalid_field: "Well-formed, but the value of `field` is not valid.",
  too_deep: "The JSON nests deeper than 32 levels.",
  idempotency_key_reused: "This key came with other content before.",
  queue_full:
    "Too many messages, or additions to a turn, wait in this conversation. See Retry-After.",
  rate_limited: "Too many requests. See Retry-After.",
  internal: "Our fault. X-Request-Id finds it in the log.",
  unavailable: "Something this needs is away for a moment. See Retry-After.",
  draining: "This server is about to stop; another one answers.",
}
