import { redact } from "#lib/log.ts"

import type { SingleSignOnRefusal } from "./single-sign-on.ts"

/** Why a provider's answer was refused: for the page, and for the log. */
export interface DescribedFailure {
  reason: SingleSignOnRefusal
  /** The message of the library or provider, without any request or response data. */
  detail: string
}

const reasonsByClaim: Readonly<Record<string, SingleSignOnRefusal>> = {
  iss: "wrong_issuer",
  aud: "wrong_audience",
  azp: "wrong_audience",
  nonce: "wrong_nonce",
  exp: "token_expired",
  nbf: "clocks_differ",
  iat: "clocks_differ",
}

const reasonsByCode: Readonly<Record<string, SingleSignOnRefusal>> = {
  OAUTH_TIMEOUT: "provider_unreachable",
  OAUTH_ABORT: "provider_unreachable",
  OAUTH_RESPONSE_IS_NOT_CONFORM: "provider_unreachable",
  OAUTH_KEY_SELECTION_FAILED: "bad_signature",
}

const reasonsByError: Readonly<Record<string, SingleSignOnRefusal>> = {
  access_denied: "access_denied",
  invalid_client: "client_refused",
  unauthorized_client: "client_refused",
  server_error: "provider_unreachable",
  temporarily_unavailable: "provider_unreachable",
}

/**
 * Classifies a failed provider answer. The library's errors contain the answer itself, tokens included,
 * so only their messages are passed on.
 * @param thrown by `openid-client`, or an Error whose cause has a `reason`
 */
export function describeFailure(thrown: unknown): DescribedFailure {
  const chain = causesOf(thrown)
  const detail = chain.map(wordsOf).filter((words) => words !== "")
  return {
    reason: firstOf(chain, reasonOf) ?? "provider_invalid",
    detail: redact(detail.join(": ")).slice(0, 500),
  }
}

/** The error and its causes, outermost first. */
function causesOf(thrown: unknown): object[] {
  const chain: object[] = []
  let current = thrown
  while (typeof current === "object" && current !== null && chain.length < 6) {
    chain.push(current)
    current = "cause" in current ? current.cause : undefined
  }
  return chain
}

function reasonOf(link: object): SingleSignOnRefusal | undefined {
  const own = textOf(link, "reason")
  if (own === "wrong_issuer" || own === "client_auth_unsupported" || own === "no_id_token") {
    return own
  }
  const error = textOf(link, "error")
  if (error !== "") return reasonsByError[error] ?? "provider_refused"
  const claim = reasonsByClaim[textOf(link, "claim")]
  if (claim !== undefined) return claim
  if (textOf(link, "attribute") === "issuer") return "wrong_issuer"
  const code = reasonsByCode[textOf(link, "code")]
  return code ?? reasonOfMessage(textOf(link, "message"))
}

/** Recognizes failures that the library reports only in the message text. */
function reasonOfMessage(message: string): SingleSignOnRefusal | undefined {
  if (message.includes('"id_token" property')) return "no_id_token"
  if (message.includes('"iss" (issuer)')) return "wrong_issuer"
  if (message.includes('"state"')) return "attempt_unknown"
  if (message.includes('"nonce"')) return "wrong_nonce"
  if (message.includes('"alg"') || message.includes("JWS")) return "bad_signature"
  if (message.includes("signature")) return "bad_signature"
  return message === "fetch failed" ? "provider_unreachable" : undefined
}

function wordsOf(link: object): string {
  if (!(link instanceof Error)) return ""
  const said = [textOf(link, "error"), textOf(link, "error_description")]
  return [link.message, ...said].filter((text) => text !== "").join(" ")
}

function textOf(link: object, name: string): string {
  const value: unknown = Reflect.get(link, name)
  return typeof value === "string" ? value.slice(0, 200) : ""
}

function firstOf<T, R>(items: readonly T[], read: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const value = read(item)
    if (value !== undefined) return value
  }
  return undefined
}
