import type { z } from "zod"

/** One model call, in our own words: drivers know this and never a model SDK. */
export interface StepRequest {
  /** `provider/name`, `guide`, or null for the installation's default. */
  model: string | null
  instructions: string
  history: readonly HistoryMessage[]
  tools: readonly AgentTool[]
  signal: AbortSignal
  /** Characters of attachments' text that may go into the request. */
  attachmentTextMax?: number
  /** Text produced at most, in tokens. */
  outputTokensMax?: number
}

export interface HistoryAttachment {
  attachmentId: string
  filename: string
  contentType: string
  sizeBytes: number
  load(): Promise<Uint8Array>
}

export interface HistoryToolCall {
  id: string
  name: string
  args: unknown
}

export interface HistoryToolResult {
  id: string
  name: string
  isError: boolean
  result: unknown
}

export type HistoryMessage =
  | { role: "user"; text: string; attachments: readonly HistoryAttachment[] }
  | {
      role: "assistant"
      text: string
      toolCalls: readonly HistoryToolCall[]
      /** Set where Studio speaks in the model's place: a turn without an answer. */
      isNote?: true
      /** Opaque provider state for the next call (signatures and the like). */
      providerMetadata?: unknown
    }
  | { role: "tool"; results: readonly HistoryToolResult[] }

/** Parts of a model call, in order; `finish` is the last part. */
export type StepPart =
  | { type: "text"; text: string }
  | { type: "tool_call"; id: string; name: string; args: unknown; invalid?: string }
  /** The reason for a wait, shown to the person: one sentence, not part of the answer. */
  | { type: "status"; message: string }
  | {
      type: "finish"
      reason: "end" | "length" | "tools"
      usage: StepUsage
      providerMetadata?: unknown
    }

export interface StepUsage {
  /** `provider/name`, or `guide`. */
  model: string
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
}

/** A tool an agent may call. Tools run after the call that asked for them is committed. */
export interface AgentTool {
  name: string
  description: string
  /** `read` may run again after a crash; `write` has side effects and never does. */
  scope: "read" | "write"
  inputSchema: z.ZodType
  /** The one-line intent shown beside the name, from validated arguments. */
  summarizeArgs(args: unknown): string
  /** @throws any error: its message becomes the failed result the model sees */
  run(args: unknown, context: ToolContext): Promise<ToolOutcome>
}

export interface ToolContext {
  signal: AbortSignal
  tenantId: string
  userId: string
  conversationId: string
  /** Attachments of this conversation up to this turn, newest last. */
  attachments: readonly HistoryAttachment[]
}

export interface ToolOutcome {
  /** One line for people. */
  summary: string
  /** The result sent to the model: any JSON. */
  result: unknown
}

export interface Models {
  /** The model that `model: null` selects on this installation. */
  readonly defaultModel: string
  /** Models that the providers list; an agent may name others as well. */
  list(): Promise<readonly { id: string; provider: string; isDefault: boolean }[]>
  /** Why an agent cannot have this model; null when it can, whether or not the provider has it. */
  findFault(id: string): string | null
  /**
   * Runs one model call; its parts come as they arrive. Tools are only declared, never run.
   * @throws ModelError from the iterator; after `signal` aborts it just ends or throws AbortError
   */
  streamStep(request: StepRequest): AsyncIterable<StepPart>
}

const brand = Symbol.for("studio.model-error")

const modelErrorCodes = [
  "model_unauthorized",
  "model_rate_limited",
  "model_overloaded",
  "model_unreachable",
  "model_stalled",
  "model_cut_off",
  "model_bad_response",
  "model_refused_request",
  "model_not_configured",
  "context_too_long",
] as const

/** A model call that failed; the message is for people and holds no secret. */
export class ModelError extends Error {
  readonly code: (typeof modelErrorCodes)[number]
  readonly recoverable: boolean

  constructor(
    code: (typeof modelErrorCodes)[number],
    message: string,
    recoverable: boolean,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "ModelError"
    this.code = code
    this.recoverable = recoverable
    Object.defineProperty(this, brand, { value: true })
  }
}

export function isModelError(value: unknown): value is ModelError {
  return typeof value === "object" && value !== null && brand in value
}
