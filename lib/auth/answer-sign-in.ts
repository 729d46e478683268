import { deleteSessions, recordRefusedSignIn } from "#db/queries/sessions.ts"
import { AppError, unavailable } from "#lib/errors.ts"
import { emailAddress } from "#lib/protocol/people.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountDisabled } from "./account-disabled.ts"
import {
  addressOf,
  answerAccount,
  asBrowserSawIt,
  readJsonObject,
  requireOwnPage,
  storableField,
  textField,
  tickedField,
} from "./account-request.ts"
import { forgetKnownAddresses } from "./known-addresses.ts"
import { passwordLimits } from "./password-hash.ts"
import { cookiesToSet } from "./session-cookies.ts"
import type { SessionHolder } from "./sign-in.ts"
import { forgetFailures, requireAccountTry, requireTry } from "./try-limit.ts"

/** Answers `POST /api/auth/…`. Of what the library offers only this is open: sign-in and sign-out. */
export async function answerSignIn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    const path = new URL(request.url).pathname
    if (request.method !== "POST") throw new AppError("not_found", "Not found.")
    requireOwnPage(runtime, request.headers)
    if (path === "/api/auth/sign-in/email") return await signIn(runtime, request)
    if (path === "/api/auth/sign-out") return await signOut(runtime, request)
    throw new AppError("not_found", "Not found.")
  })
}

/** Signs in whoever has just been given a password by a link or setup, as if they had typed it. */
export async function signInAfterwards(
  runtime: Runtime,
  request: Request,
  body: { email: string; password: string },
): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.delete("content-length")
  const url = new URL("/api/auth/sign-in/email", request.url)
  const typed = new Request(url, { method: "POST", headers, body: JSON.stringify(body) })
  return await signIn(runtime, typed, { isGuess: false })
}

/** @param options `isGuess` false = who they are is known already */
async function signIn(
  runtime: Runtime,
  request: Request,
  options = { isGuess: true },
): Promise<Response> {
  const body = await readJsonObject(request)
  const typed = emailAddress.safeParse(storableField(body, "email"))
  const password = textField(body, "password")
  const isKept = tickedField(body, "keep")
  const address = addressOf(request)
  const email = typed.data ?? ""
  await requireTry(runtime, "password", email, address)
  // Nobody has it, and what is not ASCII would be somebody else's in lower case.
  if (!typed.success) throw noMatch()
  const takeBack = options.isGuess ? await requireAccountTry(runtime, email, address) : null
  const response = await checkPassword(runtime, request, { email, password, isKept })
  if (response === null || response === "disabled") {
    // Nobody waits for it: it would tell by its time which addresses have an account.
    recordRefusedSignIn(runtime.db, email, address).catch((error: unknown) =>
      runtime.log.error({ err: error }, "a refused sign-in could not be recorded"),
    )
    if (response === "disabled") throw accountDisabled()
    throw noMatch()
  }
  await forgetFailures(runtime, "password", email, address)
  await takeBack?.()
  forgetKnownAddresses(runtime, email)
  await endPlantedSession(runtime, request)
  return withoutSecret(response, isKept)
}

function noMatch(): AppError {
  return new AppError("unauthorized", "E-mail and password do not match.")
}

/** The library says the session's secret in the body too, where scripts could read it. */
function withoutSecret({ headers }: Pick<Response, "headers">, isKept: boolean): Response {
  const kept = new Headers({ "cache-control": "no-store" })
  for (const cookie of cookiesToSet(headers, isKept)) kept.append("set-cookie", cookie)
  return Response.json({}, { headers: kept })
}

/** @returns null when e-mail and password do not match, "disabled" when they do and it is no use */
async function checkPassword(
  runtime: Runtime,
  request: Request,
  { isKept, ...body }: { email: string; password: string; isKept: boolean },
): Promise<Response | "disabled" | null> {
  // Nobody's password is longer, and hashing is not done for free.
  if (body.password.length > passwordLimits.charactersMax) return null
  const response = await pass(runtime, request, { ...body, rememberMe: isKept })
  if (response.status === 403 && (await isDisabledAccount(response))) return "disabled"
  if (response.status === 400 || response.status === 401) return null
  return requireSuccess(response)
}

/** What else the library refuses is none of its answers that anybody should see. */
function requireSuccess(response: Response): Response {
  if (response.ok) return response
  const cause = new Error(`The sign-in library answered ${response.status}.`)
  throw unavailable("Nobody can sign in at the moment. Try again.", cause)
}

/** Whether the library refused the session, which it makes once the password is right. */
async function isDisabledAccount(response: Response): Promise<boolean> {
  const answer: unknown = await response.clone().json()
  return (
    typeof answer === "object" &&
    answer !== null &&
    "code" in answer &&
    answer.code === "account_disabled"
  )
}

/** Whoever signs in has a new session; the one their browser came with is over. */
async function endPlantedSession(runtime: Runtime, request: Request): Promise<void> {
  const before = await runtime.signIn.findSession(request.headers)
  if (before !== null) await endSession(runtime, request, before)
}

async function signOut(runtime: Runtime, request: Request): Promise<Response> {
  const holder = await runtime.signIn.findSession(request.headers)
  if (holder !== null) await endSession(runtime, request, holder)
  const { headers } = requireSuccess(await pass(runtime, request, {}))
  return withoutSecret({ headers }, true)
}

/** Ends a session somebody still has, with its record. */
export async function endSession(
  runtime: Runtime,
  request: Request,
  holder: SessionHolder,
): Promise<void> {
  const actor = {
    tenantId: holder.tenantId,
    actorId: holder.userId,
    credentialKind: "session" as const,
    credentialId: holder.sessionId,
    requestId: null,
    address: addressOf(request),
  }
  await deleteSessions(runtime.db, actor, { id: holder.sessionId })
}

/** Where it came from has been judged already, by more than the library looks at. */
async function pass(
  runtime: Runtime,
  request: Request,
  body: Record<string, string | boolean>,
): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.delete("content-length")
  headers.set("content-type", "application/json")
  const url = asBrowserSawIt(request, runtime.env.STUDIO_PUBLIC_URL)
  for (const name of ["referer", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]) {
    headers.delete(name)
  }
  headers.set("origin", url.origin)
  return await runtime.signIn.handle(
    new Request(url, { method: "POST", headers, body: JSON.stringify(body) }),
    addressOf(request),
  )
}
