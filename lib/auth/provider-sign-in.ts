import { findLinkedPerson, linkPerson } from "#db/queries/accounts.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { emailAddress } from "#lib/protocol/people.ts"
import type { Runtime } from "#lib/runtime.ts"

import { attemptCookie, expiredAttemptCookie, readAttempt } from "./attempt-cookie.ts"
import type { OidcClient, ProviderIdentity } from "./oidc-client.ts"
import { ownPath } from "./own-path.ts"
import { endPlantedSession } from "./password-sign-in.ts"
import { cookiesToSet } from "./session-cookies.ts"
import { refusalWords, type SingleSignOnRefusal } from "./single-sign-on.ts"
import { ownUrl, type Visitor } from "./visitor.ts"

const callbackPath = "/api/auth/callback/oidc"

/**
 * Starts a sign-in at the provider.
 * @param next where to go afterwards; anything but a path of our own becomes `/`
 * @returns the provider's page, and the cookie that binds its answer to this browser
 * @throws AppError not_found when no provider is configured, unavailable
 */
export async function beginSingleSignOn(
  runtime: Runtime,
  visitor: Visitor,
  next: string | null,
): Promise<{ url: string; cookie: string }> {
  const client = requireClient(runtime)
  const begun = await client.begin(callbackOf(runtime, visitor))
  if ("reason" in begun) {
    logRefusal(runtime, begun.reason, begun.detail)
    throw new AppError("unavailable", refusalWords(begun.reason) ?? "")
  }
  const cookie = attemptCookie({ ...begun.attempt, next: ownPath(next) }, isHttps(runtime))
  return { url: begun.url.href, cookie }
}

/** The next page of the browser, and the cookies to set. */
interface Arrival {
  location: string
  cookies: string[]
}

/**
 * Handles the redirect back from the provider: signs the person in and continues to their page, or to
 * the sign-in page with `error`.
 * @throws AppError not_found when no provider is configured
 */
export async function finishSingleSignOn(
  runtime: Runtime,
  visitor: Visitor,
  query: URLSearchParams,
): Promise<Arrival> {
  const client = requireClient(runtime)
  const answer = callbackOf(runtime, visitor)
  answer.search = query.toString()
  const state = query.get("state")
  const attempt = readAttempt(visitor.headers.get("cookie"), state, isHttps(runtime))
  if (attempt === null) return refuse(runtime, "attempt_unknown")
  const identity = await client.finish(answer, attempt)
  const outcome =
    "reason" in identity
      ? { ...identity, kind: "refused" as const }
      : await findPerson(runtime, identity)
  const { location, cookies } =
    outcome.kind === "refused"
      ? refuse(runtime, outcome.reason, outcome.detail)
      : await signIn(runtime, visitor, { userId: outcome.userId, next: attempt.next })
  return {
    location,
    cookies: [...cookies, expiredAttemptCookie(attempt.state, isHttps(runtime))],
  }
}

type Outcome =
  | { kind: "found"; userId: string }
  | { kind: "refused"; reason: SingleSignOnRefusal; detail: string }

/**
 * Finds the provider's person: by the linked subject; at the first sign-in by e-mail address, if the
 * provider has confirmed it. On our side an owner vouched for the address by inviting it, and people
 * cannot change their own. A non-ASCII address is refused before lower-casing, which turns the Kelvin
 * sign into a plain `k`.
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

async function signIn(
  runtime: Runtime,
  visitor: Visitor,
  { userId, next }: { userId: string; next: string },
): Promise<Arrival> {
  const opened = await runtime.signIn.openSession(userId, visitor.headers, visitor.address)
  if (opened === null) return refuse(runtime, "account_disabled")
  await endPlantedSession(runtime, visitor)
  // Not kept after the browser closes: signing in again at the provider is one click.
  return { location: ownPath(next), cookies: cookiesToSet(opened, false) }
}

function requireClient({ signIn: { singleSignOn } }: Runtime): OidcClient {
  if (singleSignOn === null) throw notFound()
  return singleSignOn
}

/** The redirect URI registered at the provider. */
function callbackOf({ env }: Runtime, visitor: Visitor): URL {
  return ownUrl(callbackPath, visitor, env.STUDIO_PUBLIC_URL)
}

function isHttps({ env }: Runtime): boolean {
  return env.STUDIO_PUBLIC_URL?.startsWith("https://") ?? false
}

function refuse(runtime: Runtime, reason: SingleSignOnRefusal, detail = ""): Arrival {
  logRefusal(runtime, reason, detail)
  return { location: `/sign-in?error=${reason}`, cookies: [] }
}

function logRefusal(runtime: Runtime, reason: SingleSignOnRefusal, detail: string): void {
  runtime.log.warn({ reason, detail }, "single sign-on was refused")
}
