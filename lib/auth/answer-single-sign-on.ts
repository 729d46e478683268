import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import {
  addressOf,
  answerAccount,
  asBrowserSawIt,
  readJsonObject,
  requireOwnPage,
} from "./account-request.ts"
import { endSession } from "./answer-sign-in.ts"
import { ownPath } from "./own-path.ts"
import { cookiesToSet } from "./session-cookies.ts"
import { providerId } from "./single-sign-on.ts"

/** For all the provider has to be asked: its addresses, the code, its keys. */
const providerLimitMs = 15_000

/**
 * `POST /api/auth/single-sign-on` with `{next}`: answers `{url}` of the provider, to which the page
 * goes, and sets the cookie that binds its answer to this browser.
 */
export async function startSingleSignOn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    requireOwnPage(runtime, request.headers)
    const { next } = await readJsonObject(request)
    const response = await askLibrary(runtime, request, "/api/auth/sign-in/social", {
      method: "POST",
      body: JSON.stringify({
        provider: providerId,
        callbackURL: ownPath(next),
        errorCallbackURL: "/sign-in",
      }),
    })
    if (response?.ok !== true) {
      throw new AppError("unavailable", "Single sign-on does not answer. Try again in a moment.")
    }
    return response
  })
}

/**
 * `GET /api/auth/callback/oidc`: the provider sends the browser here. It goes on to where it wanted,
 * signed in, or back to the sign-in page with `error`.
 */
export async function finishSingleSignOn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(runtime, async () => {
    const { search } = new URL(request.url)
    const before = await runtime.signIn.findSession(request.headers)
    const path = `/api/auth/callback/${providerId}${search}`
    const response = await askLibrary(runtime, request, path, { method: "GET" })
    if (response === null || response.status >= 400) return backToSignIn("provider_unreachable")
    // Whoever signs in has a new session; the one their browser came with is over.
    const isSignedIn = !(response.headers.get("location") ?? "").includes("error=")
    if (isSignedIn && before !== null) await endSession(runtime, request, before)
    return asBrowserSession(response)
  })
}

/** Nobody has asked to stay signed in; signing in anew at the provider is one click. */
function asBrowserSession(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.delete("set-cookie")
  for (const cookie of cookiesToSet(response.headers, false)) headers.append("set-cookie", cookie)
  return new Response(response.body, { status: response.status, headers })
}

/** @returns null when the provider took too long */
async function askLibrary(
  runtime: Runtime,
  request: Request,
  path: string,
  init: RequestInit,
): Promise<Response | null> {
  const handle = runtime.signIn.handleSingleSignOn
  if (handle === null) throw new AppError("not_found", "Not found.")
  const headers = new Headers(request.headers)
  headers.delete("content-length")
  headers.set("content-type", "application/json")
  const url = new URL(path, asBrowserSawIt(request, runtime.env.STUDIO_PUBLIC_URL))
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), providerLimitMs)
  try {
    return await Promise.race([
      handle(new Request(url, { ...init, headers }), addressOf(request)),
      late,
    ])
  } finally {
    clearTimeout(timer)
  }
}

function backToSignIn(error: string): Response {
  return new Response(null, {
    status: 302,
    headers: { location: `/sign-in?error=${error}`, "cache-control": "no-store" },
  })
}
