import { deleteSessions, recordRefusedSignIn } from "#db/queries/sessions.ts"
import { AppError, unavailable } from "#lib/errors.ts"
import { emailAddress } from "#lib/protocol/people.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountDisabled } from "./account-disabled.ts"
import { forgetKnownAddresses } from "./known-addresses.ts"
import { passwordLimits } from "./password-hash.ts"
import { cookiesToSet } from "./session-cookies.ts"
import type { SessionHolder } from "./sign-in.ts"
import { forgetFailures, requireAccountTry, requireTry } from "./try-limit.ts"
import { ownUrl, type Visitor } from "./visitor.ts"

interface TypedSignIn {
  email: string
  password: string
  /** Stay signed in after the browser closes. */
  isKept: boolean
}

/**
 * Signs a person in by e-mail and password, and ends the session their browser had before.
 * @returns the cookies to set
 * @throws AppError unauthorized, account_disabled, rate_limited, unavailable
 */
export async function signInByPassword(
  runtime: Runtime,
  visitor: Visitor,
  typed: TypedSignIn,
): Promise<string[]> {
  return await signIn(runtime, visitor, typed, { isGuess: true })
}

/** Signs in a person right after they set this password by a link or in setup. */
export async function signInAfterwards(
  runtime: Runtime,
  visitor: Visitor,
  set: { email: string; password: string },
): Promise<string[]> {
  return await signIn(runtime, visitor, { ...set, isKept: false }, { isGuess: false })
}

/** @param options `isGuess` false = the person's identity is already proven */
async function signIn(
  runtime: Runtime,
  visitor: Visitor,
  { email: written, password, isKept }: TypedSignIn,
  options: { isGuess: boolean },
): Promise<string[]> {
  const { address } = visitor
  const typed = emailAddress.safeParse(written)
  const email = typed.data ?? ""
  await requireTry(runtime, "password", email, address)
  // No account has an invalid address, and lower-casing a non-ASCII one could yield another person's.
  if (!typed.success) throw noMatch()
  const takeBack = options.isGuess ? await requireAccountTry(runtime, email, address) : null
  const response = await checkPassword(runtime, visitor, { email, password, isKept })
  if (response === null || response === "disabled") {
    // Not awaited: its duration would reveal which addresses have an account.
    recordRefusedSignIn(runtime.db, email, address).catch((error: unknown) =>
      runtime.log.error({ err: error }, "could not record a refused sign-in"),
    )
    if (response === "disabled") throw accountDisabled()
    throw noMatch()
  }
  await forgetFailures(runtime, "password", email, address)
  await takeBack?.()
  forgetKnownAddresses(runtime, email)
  await endPlantedSession(runtime, visitor)
  return cookiesToSet(response.headers, isKept)
}

function noMatch(): AppError {
  return new AppError("unauthorized", "E-mail and password do not match.")
}

/**
 * @returns null when e-mail and password do not match, "disabled" when they match a disabled account
 */
async function checkPassword(
  runtime: Runtime,
  visitor: Visitor,
  { isKept, ...body }: TypedSignIn,
): Promise<Response | "disabled" | null> {
  // No password is longer, and hashing is expensive.
  if (body.password.length > passwordLimits.charactersMax) return null
  const response = await pass(runtime, visitor, signInPath, { ...body, rememberMe: isKept })
  if (response.status === 403 && (await isDisabledAccount(response))) return "disabled"
  if (response.status === 400 || response.status === 401) return null
  return requireSuccess(response)
}

/** Hides the library's other failures from clients. */
function requireSuccess(response: Response): Response {
  if (response.ok) return response
  const cause = new Error(`The sign-in library answered ${response.status}.`)
  throw unavailable("Nobody can sign in at the moment. Try again.", cause)
}

/**
 * Whether the library refused to create the session, which it does only after verifying the password.
 */
async function isDisabledAccount(response: Response): Promise<boolean> {
  const answer: unknown = await response.clone().json()
  return (
    typeof answer === "object" &&
    answer !== null &&
    "code" in answer &&
    answer.code === "account_disabled"
  )
}

/** Session fixation: a new sign-in always ends the session the browser had before. */
export async function endPlantedSession(runtime: Runtime, visitor: Visitor): Promise<void> {
  const before = await runtime.signIn.findSession(visitor.headers)
  if (before !== null) await endSession(runtime, visitor, before)
}

/**
 * Ends the browser's session, if it has one.
 * @returns the cookies to set
 */
export async function signOut(runtime: Runtime, visitor: Visitor): Promise<string[]> {
  await endPlantedSession(runtime, visitor)
  const { headers } = requireSuccess(await pass(runtime, visitor, signOutPath, {}))
  return cookiesToSet(headers, true)
}

async function endSession(
  runtime: Runtime,
  { requestId, address }: Visitor,
  { tenantId, userId, sessionId }: SessionHolder,
): Promise<void> {
  const actor = {
    tenantId,
    actorId: userId,
    credentialKind: "session" as const,
    credentialId: sessionId,
    requestId,
    address,
  }
  await deleteSessions(runtime.db, actor, { id: sessionId })
}

const signInPath = "/api/auth/sign-in/email"
const signOutPath = "/api/auth/sign-out"

/**
 * Calls the sign-in library. Its body repeats the session's secret where scripts could read it, so only
 * its cookies are passed on. The request's origin was already checked, more strictly than the library
 * does.
 */
async function pass(
  runtime: Runtime,
  visitor: Visitor,
  path: string,
  body: Record<string, string | boolean>,
): Promise<Response> {
  const url = ownUrl(path, visitor, runtime.env.STUDIO_PUBLIC_URL)
  const headers = new Headers(visitor.headers)
  const ofTheRequest = ["content-length", "transfer-encoding", "content-encoding", "expect"]
  const ofItsPage = ["referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]
  for (const name of [...ofTheRequest, ...ofItsPage]) headers.delete(name)
  headers.set("content-type", "application/json")
  headers.set("origin", url.origin)
  return await runtime.signIn.handle(
    new Request(url, { method: "POST", headers, body: JSON.stringify(body) }),
    visitor.address,
  )
}
