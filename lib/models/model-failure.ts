import { APICallError } from "@ai-sdk/provider"

import { redact } from "#lib/log.ts"

import { isModelError, ModelError } from "./step.ts"

/** What a provider adds to an error, wherever the SDK has put it. */
interface VendorFailure {
  status: number | undefined
  code: string
  message: string
}

const contextLength =
  /context[_ ](?:length|window|size)|maximum context|too many (?:input )?tokens|prompt is too long|input is too long/i

/**
 * Turns whatever a model call threw into one ModelError. Its message is ours, or the vendor's own
 * sentence shortened and with `secrets` and everything that looks like a key removed.
 * @param hasAnswered text or a tool call was already handed out: an end then is a cut, not a miss
 */
export function toModelError(
  error: unknown,
  { provider, hasAnswered, secrets }: FailureContext,
): ModelError {
  if (isModelError(error)) return error
  const failure = readFailure(error)
  const said = clean(failure.message, secrets)
  const cause = new Error(`${failure.status ?? "no status"} ${failure.code} ${said}`.trim())
  const make = (code: ModelError["code"], message: string, recoverable: boolean) =>
    new ModelError(code, message, recoverable, cause)
  const { status } = failure

  if (status === 413 || contextLength.test(`${failure.code} ${failure.message}`)) {
    return make(
      "context_too_long",
      "The conversation is longer than this model can read. Start a new conversation, or choose a model with a larger context.",
      false,
    )
  }
  if (status === 401 || status === 403 || /authentication|permission_error/.test(failure.code)) {
    return make(
      "model_unauthorized",
      `${provider} refused the API key of this installation. An administrator has to check it.`,
      false,
    )
  }
  if (status === 429 || /rate_?limit|quota/.test(failure.code)) {
    return make(
      "model_rate_limited",
      `${provider} is limiting our requests. Try again in a moment.`,
      true,
    )
  }
  if ((status !== undefined && status >= 500) || /overloaded|server_error/.test(failure.code)) {
    return make("model_overloaded", `${provider} is overloaded or down. Try again shortly.`, true)
  }
  if (status === undefined && isNetworkFailure(error)) {
    return hasAnswered || isCut(error)
      ? make("model_cut_off", `${provider} broke off in the middle of its answer.`, true)
      : make("model_unreachable", `${provider} cannot be reached from this server.`, true)
  }
  if (status !== undefined) {
    const detail = said === "" ? "" : ` It said: ${said}`
    return make("model_refused_request", `${provider} refused the request.${detail}`, false)
  }
  return make("model_bad_response", `${provider} sent an answer that could not be read.`, true)
}

export interface FailureContext {
  provider: string
  hasAnswered: boolean
  secrets: readonly string[]
}

/** Seconds a vendor asks us to wait, or null. */
export function retryAfterSeconds(error: unknown): number | null {
  if (!APICallError.isInstance(error)) return null
  const value = error.responseHeaders?.["retry-after"]
  if (value === undefined) return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000)
}

function readFailure(error: unknown): VendorFailure {
  const nested = field(error, "error")
  const source = typeof nested === "object" && nested !== null ? nested : error
  const data = APICallError.isInstance(error) ? vendorError(error) : source
  const status = field(error, "statusCode") ?? field(source, "status")
  const code = [field(data, "code"), field(data, "type"), field(source, "type")]
    .filter((part) => typeof part === "string" || typeof part === "number")
    .join(" ")
  const message = typeof source === "string" ? source : (field(source, "message") ?? "")
  return {
    status: [status, Number(field(data, "code"))].find(isFailureStatus),
    code,
    message: typeof message === "string" ? message : "",
  }
}

/** A socket that breaks after the headers leaves an error with status 200. */
function isFailureStatus(value: unknown): value is number {
  return typeof value === "number" && value >= 400 && value < 600
}

/** The `error` object of a refusal's body; vendors differ in whether they wrap it. */
function vendorError(error: APICallError): unknown {
  const data = error.data ?? parse(error.responseBody)
  return field(data, "error") ?? data
}

function parse(body: string | undefined): unknown {
  if (body === undefined) return undefined
  try {
    return JSON.parse(body) as unknown
  } catch (error) {
    // A refusal whose body is no JSON says nothing but its status.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined
}

const cuts =
  /terminated|other side closed|socket hang up|ECONNRESET|EPIPE|UND_ERR_SOCKET|aborted|ended without a finish|without a finish chunk/i
const misses =
  /fetch failed|cannot connect|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|certificate|SSL|TLS/i

function isCut(error: unknown): boolean {
  return chain(error).some((text) => cuts.test(text)) && !misses.test(chain(error).join(" "))
}

function isNetworkFailure(error: unknown): boolean {
  return chain(error).some((text) => cuts.test(text) || misses.test(text))
}

/** The messages and codes of an error and its causes, at most five deep. */
function chain(error: unknown): string[] {
  const texts: string[] = []
  let current = error
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth += 1) {
    for (const name of ["message", "code"]) {
      const text = field(current, name)
      if (typeof text === "string") texts.push(text)
    }
    current = field(current, "cause")
  }
  return texts
}

function clean(message: string, secrets: readonly string[]): string {
  let text = message
  for (const secret of secrets) text = text.replaceAll(secret, "[redacted]")
  const line = redact(text).replace(/\s+/g, " ").trim()
  return line.length > 300 ? `${line.slice(0, 300).toWellFormed()}…` : line
}
