import type {
  ConversationDetails,
  ConversationPage,
  CreatedConversation,
  RenamedConversation,
} from "#lib/protocol/conversations.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import {
  isRecord,
  parseRecord,
  rowFromHistory,
  type JournalRow,
} from "#lib/transcript/journal-row.ts"

import { ownUserHeaders } from "./own-user.ts"

/** A request that was answered with a failure, or not at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number
  /** The request field at fault, with 422. */
  readonly field: string | null

  constructor(
    message: string,
    details: { status: number; code: string; retryAfterMs?: number; field?: string | null },
  ) {
    super(message)
    this.name = "ApiError"
    this.status = details.status
    this.code = details.code
    this.retryAfterMs = details.retryAfterMs ?? 0
    this.field = details.field ?? null
  }
}

interface CallOptions {
  body?: unknown
  signal?: AbortSignal
  timeoutMs?: number
  /** The answer may outlive the page. */
  keepalive?: boolean
}

/**
 * One request to our own API with the session's cookie.
 * @throws ApiError for every failure, also when no answer came
 */
export async function callApi(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal,
      keepalive: options.keepalive ?? false,
      headers: {
        ...ownUserHeaders(),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })
    text = await response.text()
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw unreachable()
  }
  return toAnswer(response.status, text, response.headers.get("retry-after"))
}

export function unreachable(): ApiError {
  return new ApiError("The server cannot be reached.", { status: 0, code: "unreachable" })
}

/** @throws ApiError when the status says so */
export function toAnswer(status: number, text: string, retryAfter: string | null): unknown {
  if (status < 300) return text === "" ? null : JSON.parse(text)
  const body = parseRecord(text) ?? {}
  const seconds = Number(retryAfter)
  const message = body["error"]
  throw new ApiError(typeof message === "string" ? message : "The request failed.", {
    status,
    code: typeof body["code"] === "string" ? body["code"] : "internal",
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
    field: typeof body["field"] === "string" ? body["field"] : null,
  })
}

interface CallDetails {
  signal?: AbortSignal
  call?: typeof callApi
}

/** As many digits as the server reads. */
const seqMax = 999_999_999_999_999
const base = "/v1/api/conversations"

/** The answers are those of our own server, so their shape is believed. */
async function read<T>(answer: Promise<unknown>): Promise<T> {
  return (await answer) as T
}

export const api = {
  listConversations: (query: { cursor?: string; pageSize?: number }, signal?: AbortSignal) => {
    const search = new URLSearchParams({ page_size: String(query.pageSize ?? 40) })
    if (query.cursor !== undefined) search.set("cursor", query.cursor)
    return read<ConversationPage>(
      callApi("GET", `${base}?${search}`, signal === undefined ? {} : { signal }),
    )
  },
  /** @param options `key`: the same one always leads to the same conversation */
  createConversation: (agentId: string, options: { key: string } & CallDetails) =>
    read<CreatedConversation>(
      (options.call ?? callApi)("POST", base, {
        body: { agent_id: agentId, idempotency_key: options.key },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }),
    ),
  getConversation: (id: string) => read<ConversationDetails>(callApi("GET", `${base}/${id}`)),
  rename: (id: string, title: string) =>
    read<RenamedConversation>(callApi("PATCH", `${base}/${id}`, { body: { title } })),
  delete: (id: string) => callApi("DELETE", `${base}/${id}`, { keepalive: true }),
  interrupt: (id: string, turnId: string) =>
    read<{ stopped: boolean }>(
      callApi("POST", `${base}/${id}/interrupt`, { body: { turn_id: turnId } }),
    ),
  withdraw: (id: string, turnId: string) =>
    read<{ text: string; attachments: AttachmentRef[] }>(
      callApi("DELETE", `${base}/${id}/turns/${turnId}`),
    ),
  markRead: (id: string, seq: number) =>
    callApi("PUT", `${base}/${id}/read`, { body: { seq }, keepalive: true }),
  listHistory: async (
    id: string,
    range: { sinceSeq: number } | { beforeSeq: number; limit: number },
  ): Promise<JournalRow[]> => {
    const search = new URLSearchParams(
      "sinceSeq" in range
        ? { since_seq: String(range.sinceSeq) }
        : { before_seq: String(range.beforeSeq), limit: String(range.limit) },
    )
    const rows = await callApi("GET", `${base}/${id}/messages?${search}`)
    return Array.isArray(rows) ? rows.flatMap((row) => rowFromHistory(row) ?? []) : []
  },
  listTurn: async (id: string, turnId: string): Promise<JournalRow[]> => {
    const all: JournalRow[] = []
    for (;;) {
      const search = new URLSearchParams({
        turn_id: turnId,
        since_seq: String(all.at(-1)?.seq ?? 0),
      })
      const rows = await callApi("GET", `${base}/${id}/messages?${search}`)
      if (!Array.isArray(rows) || rows.length === 0) return all
      all.push(...rows.flatMap((row) => rowFromHistory(row) ?? []))
    }
  },
  /** The newest messages of people, or those before a seq. */
  listInbound: async (
    id: string,
    beforeSeq: number | null,
    options: CallDetails,
  ): Promise<JournalRow[]> => {
    const search = new URLSearchParams({
      direction: "inbound",
      before_seq: String(beforeSeq ?? seqMax),
      limit: "200",
    })
    const rows = await (options.call ?? callApi)(
      "GET",
      `${base}/${id}/messages?${search}`,
      options.signal === undefined ? {} : { signal: options.signal },
    )
    return Array.isArray(rows) ? rows.flatMap((row) => rowFromHistory(row) ?? []) : []
  },
  attachmentUrl: (id: string, attachmentId: string) => `${base}/${id}/attachments/${attachmentId}`,
}

export function isApiError(error: unknown): error is ApiError {
  return isRecord(error) && error["name"] === "ApiError"
}
