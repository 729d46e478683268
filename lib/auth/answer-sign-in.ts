import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import {
  answerAccount,
  asBrowserSawIt,
  readJsonObject,
  requireOwnPage,
  textField,
} from "./account-request.ts"
import { passwordLimits } from "./sign-in.ts"
import { TryCounter } from "./try-counter.ts"

const counters = new WeakMap<Runtime, TryCounter>()

/** Answers `/api/auth/…`. Of what the library offers only this is open: sign-in and sign-out. */
export async function answerSignIn(runtime: Runtime, request: Request): Promise<Response> {
  return await answerAccount(async () => {
    const path = new URL(request.url).pathname
    if (request.method !== "POST") throw new AppError("not_found", "Not found.")
    requireOwnPage(request.headers)
    if (path === "/api/auth/sign-in/email") return await signIn(runtime, request)
    if (path === "/api/auth/sign-out") return await pass(runtime, request, {})
    throw new AppError("not_found", "Not found.")
  })
}

async function signIn(runtime: Runtime, request: Request): Promise<Response> {
  const body = await readJsonObject(request)
  const email = textField(body, "email").trim().toLowerCase()
  const password = textField(body, "password")
  const counter = counterOf(runtime)
  const waitSeconds = counter.waitSeconds(email)
  if (waitSeconds > 0) {
    throw new AppError("rate_limited", `Too many tries. ${waitWords(waitSeconds)}`, {
      retryAfterSeconds: waitSeconds,
    })
  }
  // Counted before the password is looked at, so that tries sent at once count too.
  counter.fail(email)
  // Nobody's password is longer, and hashing is not done for free.
  if (password.length > passwordLimits.charactersMax) throw wrongPassword()
  const response = await pass(runtime, request, { email, password })
  if (response.ok) counter.succeed(email)
  else if (response.status === 400 || response.status === 401) throw wrongPassword()
  return response
}

async function pass(
  runtime: Runtime,
  request: Request,
  body: Record<string, string>,
): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.delete("content-length")
  headers.set("content-type", "application/json")
  const url = asBrowserSawIt(request, runtime.env.STUDIO_PUBLIC_URL)
  return await runtime.signIn.handle(
    new Request(url, { method: "POST", headers, body: JSON.stringify(body) }),
  )
}

function wrongPassword(): AppError {
  return new AppError("unauthorized", "E-mail and password do not match.")
}

function waitWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return `Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`
}

function counterOf(runtime: Runtime): TryCounter {
  const counter = counters.get(runtime) ?? new TryCounter(() => runtime.clock.now())
  counters.set(runtime, counter)
  return counter
}
