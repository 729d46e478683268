import { z } from "zod"

/**
 * The events of a conversation's stream and journal. Payloads carry `turn_id` where they belong to
 * a turn. Clients ignore names and fields they do not know.
 * @see docs/protocol.md#events
 */
export const attachmentRef = z.object({
  attachment_id: z.uuid(),
  filename: z.string(),
  content_type: z.string(),
  size_bytes: z.int(),
})
export type AttachmentRef = z.infer<typeof attachmentRef>

const author = z.object({
  user_id: z.uuid(),
  name: z.string(),
  avatar_url: z.string().optional(),
})

const stopReasons = ["end", "interrupted", "length", "steps", "withdrawn"] as const
export type StopReason = (typeof stopReasons)[number]

const turnId = { turn_id: z.uuid() }

export const eventShapes = {
  message: z.object({
    ...turnId,
    message_id: z.uuid(),
    text: z.string(),
    attachments: z.array(attachmentRef),
    author,
    turn_source: z.string(),
    idempotency_key: z.string().nullable(),
  }),
  turn_started: z.object({ ...turnId, attempt: z.int(), keep_seq: z.int() }),
  nudge: z.object({ ...turnId, nudge_id: z.uuid(), text: z.string(), author }),
  text_delta: z.object({ ...turnId, text: z.string() }),
  status: z.object({ ...turnId, message: z.string() }),
  tool_call: z.object({
    ...turnId,
    id: z.string(),
    name: z.string(),
    /** `read` tools may run again after a crash, `write` tools never do. */
    scope: z.enum(["read", "write"]),
    args_summary: z.string(),
    args_digest: z.string(),
    args: z.unknown().optional(),
  }),
  tool_result: z.object({
    ...turnId,
    id: z.string(),
    is_error: z.boolean(),
    /** `interrupted` with `is_error`: a person stopped the turn. */
    summary: z.string(),
    result: z.unknown().optional(),
  }),
  token_usage: z.object({
    ...turnId,
    model: z.string(),
    input_tokens: z.int().nullable(),
    output_tokens: z.int().nullable(),
    cost_usd: z.number().nullable(),
  }),
  final: z.object({
    ...turnId,
    text: z.string(),
    duration_ms: z.int(),
    stop_reason: z.enum(stopReasons),
    text_sha256: z.string(),
  }),
  error: z.object({
    ...turnId,
    message: z.string(),
    recoverable: z.boolean(),
    code: z.string(),
  }),
  done: z.object(turnId),
  title: z.object({ title: z.string() }),
} as const

/** Event names that are journaled; each has a seq, and so an SSE id. */
export type EventKind = keyof typeof eventShapes
export type EventPayload<K extends EventKind> = z.infer<(typeof eventShapes)[K]>

export const eventKinds = Object.keys(eventShapes).filter(isEventKind)

export function isEventKind(name: string): name is EventKind {
  return Object.hasOwn(eventShapes, name)
}

/** Never journaled, no id. */
export const ephemeralShapes = {
  agent_active: z.object({ ...turnId, hint: z.enum(["thinking", "working"]) }),
  stale: z.object({ reason: z.enum(["lagged", "unknown_cursor"]), after_seq: z.int() }),
} as const

export type ActivePayload = z.infer<(typeof ephemeralShapes)["agent_active"]>
export type StalePayload = z.infer<(typeof ephemeralShapes)["stale"]>

/** Detail levels of the stream: how much of tool use it contains. `tools` is the default. */
export const streamScopes = ["text", "tools", "full"] as const
export type StreamScope = (typeof streamScopes)[number]
