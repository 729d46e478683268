import { redact } from "#lib/log.ts"
import type { Provider } from "#lib/models/providers/providers.ts"
import { isModelError, ModelError } from "#lib/models/step.ts"

import { CallFailure, type FailureFacts } from "./call-failure.ts"
import { contextTooLong } from "./read-answer.ts"
import { whenToTry } from "./retry-after.ts"
import { codesIn, reasonIn, statusIn } from "./server-reason.ts"

interface FailureContext {
  provider: Pick<Provider, "title" | "addressSetting">
  /** `provider/name` of the call. */
  model: string
  /** Of the request, for people. */
  address: string
  /** Some of the answer had come: an end then is a cut, not a miss. */
  hasBegun: boolean
  secrets: readonly string[]
}

/** Inputs of an error message. */
interface Telling {
  facts: FailureFacts
  context: FailureContext
  title: string
  status: number | undefined
  /** Codes and sentence together, for patterns. */
  all: string
  /** The server's sentence, safe to show. */
  said: string
}

/**
 * Converts any error of a model call into a ModelError. Its message is ours, or the vendor's own
 * sentence shortened and with `secrets` and everything that looks like a key removed.
 */
export function toModelError(error: unknown, context: FailureContext): ModelError {
  if (isModelError(error)) return error
  const facts: FailureFacts =
    error instanceof CallFailure ? error.facts : { kind: "unreadable", cause: error }
  const telling = tellingOf(facts, context)
  const { code, message, recoverable } = tell(telling)
  const why = `${facts.kind} ${telling.status ?? ""} ${telling.said} ${causeOf(facts, context)}`
  const cause = new Error(why.replace(/\s+/g, " ").trim())
  if (code === "context_too_long") return contextTooLong(cause)
  return new ModelError(code, message, recoverable, cause)
}

/** Whether the same request may be answered a moment later; only before anything of an answer came. */
export function isWorthRetrying(error: unknown): error is CallFailure {
  if (!(error instanceof CallFailure)) return false
  const { facts } = error
  if (facts.kind === "empty" || facts.kind === "cut") return true
  if (facts.kind === "unreachable") return !wrongAddress.test(chain(facts.cause).join(" "))
  if (facts.kind !== "refused" && facts.kind !== "reported") return false
  const status = facts.status ?? statusIn(facts.body)
  const all = `${codesIn(facts.body)} ${reasonIn(facts.body)}`
  if (isTooLong(all, status) || isMoney(all, status) || noTools.test(all)) return false
  if (status !== undefined) return [408, 409, 425, 429].includes(status) || status >= 500
  return busy.test(all)
}

/** Status text shown while waiting for the next try. */
export function retryNotice({ facts }: CallFailure, waitMs: number): string {
  const seconds = Math.max(1, Math.round(waitMs / 1000))
  const why =
    facts.kind === "empty"
      ? "The model sent nothing"
      : facts.kind === "cut"
        ? "The connection to the model broke"
        : facts.kind === "unreachable"
          ? "The model cannot be reached"
          : "The model is busy"
  return `${why}; trying again in ${seconds} s`
}

function tellingOf(facts: FailureFacts, context: FailureContext): Telling {
  const reason = reasonIn(facts.body)
  return {
    facts,
    context,
    title: context.provider.title,
    status: facts.status ?? (facts.kind === "reported" ? statusIn(facts.body) : undefined),
    all: `${codesIn(facts.body)} ${reason}`,
    said: clean(reason, context.secrets),
  }
}

interface Told {
  code: ModelError["code"]
  message: string
  recoverable: boolean
}

const told = (code: Told["code"], message: string, recoverable: boolean): Told => ({
  code,
  message,
  recoverable,
})

function tell(telling: Telling): Told {
  const { facts, title, context } = telling
  switch (facts.kind) {
    case "refused":
    case "reported":
      return tellRefusal(telling)
    case "redirected": {
      const place = facts.location === undefined ? "another address" : facts.location
      const message = `${title} redirects ${context.address} to ${place}, which is not followed. ${checkAddress(context)}`
      return told("model_bad_response", message, false)
    }
    case "page":
      return tellPage(telling)
    case "empty":
      return told("model_bad_response", `${title} sent nothing. Try again.`, true)
    case "cut":
      return told("model_cut_off", `${title} broke off ${broken(context)}.`, true)
    case "unreachable": {
      const why = wrongAddress.test(chain(facts.cause).join(" ")) ? ` ${checkAddress(context)}` : ""
      return told(
        "model_unreachable",
        `${title} cannot be reached from this server at ${context.address}.${why}`,
        true,
      )
    }
    case "silent": {
      const seconds = Math.round((facts.silentMs ?? 0) / 1000)
      return told("model_stalled", `${title} sent nothing for ${seconds} seconds.`, true)
    }
    case "unwritten": {
      const message = `This conversation holds something that cannot be sent to ${title}.`
      return told("model_refused_request", message, false)
    }
    case "unreadable":
      return told("model_bad_response", `${title} sent an answer that could not be read.`, true)
  }
}

function broken({ hasBegun }: FailureContext): string {
  return hasBegun ? "in the middle of its answer" : "before it answered"
}

function checkAddress({ provider }: FailureContext): string {
  return `An administrator has to check ${provider.addressSetting}.`
}

function tellPage({ facts, title, said, context, all, status }: Telling): Told {
  const type = (facts.contentType ?? "").split(";", 1)[0] ?? ""
  const isPage =
    /html|xml/.test(type) || /^\s*</.test(typeof facts.body === "string" ? facts.body : "")
  if (!isPage && isMoney(all, status)) return tellMoney(title, said)
  const what = isPage ? "a web page" : type === "" || type === "text/plain" ? "a text" : type
  const quote = said === "" ? "" : ` It said: ${said}`
  const message = `${title} sent ${what} instead of an answer from ${context.address}. ${checkAddress(context)}${quote}`
  return told("model_bad_response", message, true)
}

/** The server says itself that it will not, or could not. */
function tellRefusal(telling: Telling): Told {
  const { facts, title, status, all, said, context } = telling
  const quote = said === "" ? "" : ` It said: ${said}`
  if (isTooLong(all, status)) return told("context_too_long", "", false)
  if (isMoney(all, status)) return tellMoney(title, said)
  if (region.test(all)) {
    const message = `${title} does not serve the country or region of this server.${quote}`
    return told("model_refused_request", message, false)
  }
  if (noTools.test(all)) {
    const message = `The model ${nameOf(context)} cannot use tools. An administrator can take the tools from this agent, or choose another model for it, under Admin, Agents.${quote}`
    return told("model_refused_request", message, false)
  }
  if (status === 401 || status === 403 || unauthorized.test(all)) {
    const message = `${title} refused the API key of this installation. An administrator has to check it.${status === 403 ? quote : ""}`
    return told("model_unauthorized", message, false)
  }
  if (status === 404 || status === 405 || noModel.test(all)) return tellMissing(telling, quote)
  if (status === 429 || /rate_?limit|too many requests|quota/i.test(all)) {
    const when = whenToTry(facts.retryAfterMs ?? null)
    return told("model_rate_limited", `${title} is limiting our requests. Try again ${when}.`, true)
  }
  if ((status !== undefined && status >= 500) || busy.test(all)) {
    const when = facts.retryAfterMs == null ? "shortly" : whenToTry(facts.retryAfterMs)
    const message = `${title} is overloaded or down. Try again ${when}.${quote}`
    return told("model_overloaded", message, true)
  }
  if (facts.kind === "reported") {
    const message = `${title} ended its answer with an error.${quote}`
    return told("model_bad_response", message, true)
  }
  const isPassing = status === 408 || status === 409 || status === 425
  return told("model_refused_request", `${title} refused the request.${quote}`, isPassing)
}

function tellMoney(title: string, said: string): Told {
  const quote = said === "" ? "" : ` It said: ${said}`
  const message = `${title} says that the account of this installation has no credit or quota left. An administrator has to check its billing.${quote}`
  return told("model_refused_request", message, false)
}

/** Nothing at that address, or no model of that name. */
function tellMissing({ title, context, all, facts }: Telling, quote: string): Told {
  const isModel = noModel.test(all) || /\bmodel\b/i.test(all)
  const isPage = typeof facts.body === "string" && /^\s*</.test(facts.body)
  const message =
    isModel && !isPage
      ? `${title} does not know the model ${nameOf(context)}. An administrator can choose another for this agent under Admin, Agents.${quote}`
      : `${title} has nothing at ${context.address}. ${checkAddress(context)}${isPage ? "" : quote}`
  return told("model_refused_request", message, false)
}

function nameOf({ model }: FailureContext): string {
  return model.slice(model.indexOf("/") + 1, 200)
}

const contextLength =
  /context[_ -]?(?:length|window|size|limit)|maximum context|max_?context|too many (?:input )?tokens|(?:prompt|input|request|conversation) (?:is )?too (?:long|large)|(?:input|prompt) (?:token count|length|tokens?)\b.*(?:exceed|longer than|greater than|larger than)|maximum (?:prompt|input|sequence) length|exceeds? (?:the )?(?:model'?s? )?(?:maximum|max|available|limit)[^.]{0,40}(?:tokens|context|length)|context shift is disabled|max_?(?:prompt|input)_?tokens|string_above_max_length|reduce the length|request_too_large|n_ctx/i

function isTooLong(all: string, status: number | undefined): boolean {
  return status === 413 || contextLength.test(all)
}

const money =
  /insufficient[_ ]?(?:quota|balance|credits?|funds)|billing|(?:credit|balance)\b.{0,40}(?:too low|exhausted|depleted|left|negative|insufficient)|no (?:more )?credits?\b|out of credits?|payment[_ ]required|exceeded your current quota|(?:add|purchase|buy) (?:more )?credits/i

/** A quota that fills again by itself says when, and is a limit like any other. */
function isMoney(all: string, status: number | undefined): boolean {
  if (status === 402) return true
  return money.test(all) && !/retry in \d|per[ _-]?(?:minute|second)/i.test(all)
}

const region =
  /unsupported_country|(?:country|region|territory|location)\b.{0,30}\bnot (?:supported|available|allowed)|not (?:supported|available) in your (?:country|region|location)/i
const noTools =
  /(?:not|n't) (?:yet )?support(?:ed)?\b.{0,20}\b(?:tools?|functions?|tool_choice)\b|\btools?\b.{0,30}\b(?:not|n't) (?:be )?support|support tool use|tool choice requires|tool-call-parser|(?:function|tool)[ _-]call(?:ing|s)? (?:is|are) not/i
const noModel =
  /model_not_found|\bmodel\b.{0,120}(?:not found|(?:does|do) not exist|n't exist|not exist|is unknown|not available|decommissioned)|(?:unknown|invalid|no such) model\b/i
const unauthorized =
  /authentication|permission_error|invalid_?api_?key|incorrect api key|unauthori[sz]ed/i
const busy =
  /overload|server_error|unavailable|temporar|too busy|at capacity|over capacity|rate_?limit|too many requests|try again (?:later|soon)|engine_error|loading model|model is loading/i
const wrongAddress =
  /certificate|\bSSL\b|\bTLS\b|self.signed|CERT_|ERR_INVALID_URL|Invalid URL|ERR_TLS|wrong version number|EPROTO/i

function causeOf({ cause }: FailureFacts, { secrets }: FailureContext): string {
  return clean(chain(cause).join(" "), secrets)
}

/** The messages and codes of an error and its causes, at most five deep. */
function chain(error: unknown): string[] {
  const texts: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    texts.push(current.message)
    if ("code" in current && typeof current.code === "string") texts.push(current.code)
    current = current.cause
  }
  return texts
}

function clean(message: string, secrets: readonly string[]): string {
  let text = message
  for (const secret of secrets) text = text.replaceAll(secret, "[redacted]")
  // Controls and marks of direction would move the words around it.
  const bare = redact(text).replace(/[\p{Cc}\p{Bidi_Control}]+/gu, " ")
  const line = bare.replace(/\s+/g, " ").trim().toWellFormed()
  return line.length > 300 ? `${line.slice(0, 300).toWellFormed()}…` : line
}
