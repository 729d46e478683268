import type { AppError } from "#lib/errors.ts"
import type { ErrorCode } from "#lib/protocol/error-codes.ts"
import type { Failure } from "#lib/protocol/failures.ts"

import { jsonReply, type Reply } from "./reply.ts"
import type { Route } from "./route.ts"

/** The status of every code. @see docs/protocol.md#errors */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  invalid_json: 400,
  invalid_query: 400,
  invalid_header: 400,
  idempotency_key_mismatch: 400,
  unauthorized: 401,
  account_disabled: 401,
  over_budget: 402,
  missing_scope: 403,
  admin_required: 403,
  owner_required: 403,
  session_required: 403,
  session_too_old: 403,
  outlives_credential: 403,
  browser_not_connected: 403,
  cross_site: 403,
  setup_closed: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  own_account: 409,
  last_owner: 409,
  already_member: 409,
  invitation_over: 409,
  reset_over: 409,
  person_disabled: 409,
  no_password: 409,
  address_taken: 409,
  agent_disabled: 409,
  agent_is_default: 409,
  conversation_read_only: 409,
  turn_started: 409,
  token_replaced: 409,
  token_limit: 409,
  storage_full: 409,
  too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  invalid_field: 422,
  too_deep: 422,
  idempotency_key_reused: 422,
  queue_full: 429,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
  draining: 503,
}

/** @param statuses overrides of the default status on this route */
export function failureReply(error: AppError, statuses: Route["statuses"] = {}): Reply {
  const status = statuses[error.code] ?? statusOf[error.code]
  const body: Failure = { error: error.message, code: error.code }
  if (error.field !== undefined) body.field = error.field
  const reply = jsonReply(status, body)
  const extra = extraHeaders(status, error)
  if (extra === null && error.headers === undefined) return reply
  return { ...reply, headers: { ...reply.headers, ...extra, ...error.headers } }
}

function extraHeaders(status: number, error: AppError): Record<string, string> | null {
  if (status === 401) return { "WWW-Authenticate": 'Bearer error="invalid_token"' }
  if (status === 429 || status === 503) {
    return { "Retry-After": String(Math.max(1, Math.ceil(error.retryAfterSeconds ?? 1))) }
  }
  return null
}
