import { findLinkedPerson, linkPerson } from "#db/queries/provider-accounts.ts"
import { AppError } from "#lib/errors.ts"
import { emailAddress } from "#lib/protocol/people.ts"
import type { Runtime } from "#lib/runtime.ts"

import {
  addressOf,
  answerAccount,
  asBrowserSawIt,
  readJsonObject,
  requireOwnPage,
} from "./account-request.ts"
import { endSession } from "./answer-sign-in.ts"
import { attemptCookie, expiredAttemptCookie, readAttempt } from "./attempt-cookie.ts"
import type { OidcClient, ProviderIdentity } from "./oidc-client.ts"
import { ownPath } from "./own-path.ts"
import { cookiesToSet } from "./session-cookies.ts"
import { refusalWords, type SingleSignOnRefusal } from "./single-sign-on.ts"

const callbackPath = "/api/auth/callback/oidc"

/**
 * `POST /api/auth/single-sign-on` with `{next}`: answers `{url}` of the provider, to which the page
 * goes, and sets the cookie that binds its answer to this browser.
 */
export async function startSingleSignOn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    const client = requireClient(runtime)
    requireOwnPage(runtime, request.headers)
    const next = ownPath((await readJsonObject(request))["next"])
    const begun = await client.begin(callbackOf(runtime, request))
    if ("reason" in begun) {
      logRefusal(runtime, begun.reason, begun.detail)
      throw new AppError("unavailable", refusalWords(begun.reason) ?? "")
    }
    const cookie = attemptCookie({ ...begun.attempt, next }, isHttps(runtime))
    const headers = { "set-cookie": cookie, "cache-control": "no-store" }
    return Response.json({ url: begun.url.href }, { headers })
  })
}

/**
 * `GET /api/auth/callback/oidc`: the provider sends the browser here. It goes on to where it wanted,
 * signed in, or back to the sign-in page with `error`.
 */
export async function finishSingleSignOn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    const client = requireClient(runtime)
    const answer = callbackOf(runtime, request)
    answer.search = new URL(request.url).search
    const state = answer.searchParams.get("state")
    const attempt = readAttempt(request.headers.get("cookie"), state, isHttps(runtime))
    if (attempt === null) return refuse(runtime, "attempt_unknown")
    const identity = await client.finish(answer, attempt)
    const outcome =
      "reason" in identity
        ? { ...identity, kind: "refused" as const }
        : await findPerson(runtime, identity)
    const response =
      outcome.kind === "refused"
        ? refuse(runtime, outcome.reason, outcome.detail)
        : await signIn(runtime, request, { userId: outcome.userId, next: attempt.next })
    response.headers.append("set-cookie", expiredAttemptCookie(attempt.state, isHttps(runtime)))
    return response
  })
}

type Outcome =
  | { kind: "found"; userId: string }
  | { kind: "refused"; reason: SingleSignOnRefusal; detail: string }

/**
 * Who is signed in: whom the provider's own name for them was linked to before; the first time who
 * has the same address of mail, if the provider has confirmed it. On our side an owner vouched for
 * it, by inviting it; nobody can change their own. An address beyond ASCII is refused as it came:
 * lower case makes a plain `k` of the Kelvin sign.
 */
async function findPerson(runtime: Runtime, identity: ProviderIdentity): Promise<Outcome> {
  const refused = (reason: SingleSignOnRefusal): Outcome => ({
    kind: "refused",
    reason,
    detail: "",
  })
  const who = { issuer: runtime.env.STUDIO_OIDC_ISSUER ?? "", subject: identity.subject }
  const known = await findLinkedPerson(runtime.db, who)
  if (known !== null) {
    return known.isDisabled ? refused("account_disabled") : { kind: "found", userId: known.userId }
  }
  const said = await identity.readEmail()
  if ("reason" in said) return { kind: "refused", ...said }
  if (said.email === null) return refused("no_email")
  if (!said.isConfirmed) return refused("email_unconfirmed")
  const email = emailAddress.safeParse(said.email)
  if (!email.success) return refused("email_not_ascii")
  const linked = await linkPerson(runtime.db, who, email.data)
  if (linked.kind !== "linked") return refused(linked.kind)
  return linked.isDisabled ? refused("account_disabled") : { kind: "found", userId: linked.userId }
}

/** Whoever signs in has a new session; the one their browser came with is over. */
async function signIn(
  runtime: Runtime,
  request: Request,
  { userId, next }: { userId: string; next: string },
): Promise<Response> {
  const opened = await runtime.signIn.openSession(userId, request.headers, addressOf(request))
  if (opened === null) return refuse(runtime, "account_disabled")
  const before = await runtime.signIn.findSession(request.headers)
  if (before !== null) await endSession(runtime, request, before)
  const response = redirectTo(ownPath(next))
  // Nobody has asked to stay signed in; signing in anew at the provider is one click.
  for (const cookie of cookiesToSet(opened, false)) response.headers.append("set-cookie", cookie)
  return response
}

function requireClient({ signIn: { singleSignOn } }: Runtime): OidcClient {
  if (singleSignOn === null) throw new AppError("not_found", "Not found.")
  return singleSignOn
}

/** What the provider knows as the redirect address. */
function callbackOf({ env }: Runtime, request: Request): URL {
  return new URL(callbackPath, asBrowserSawIt(request, env.STUDIO_PUBLIC_URL))
}

function isHttps({ env }: Runtime): boolean {
  return env.STUDIO_PUBLIC_URL?.startsWith("https://") ?? false
}

function refuse(runtime: Runtime, reason: SingleSignOnRefusal, detail = ""): Response {
  logRefusal(runtime, reason, detail)
  return redirectTo(`/sign-in?error=${reason}`)
}

function logRefusal(runtime: Runtime, reason: SingleSignOnRefusal, detail: string): void {
  runtime.log.warn({ reason, detail }, "single sign-on was refused")
}

function redirectTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } })
}
