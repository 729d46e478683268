import { addressSubject } from "#lib/addresses/address-subject.ts"
import { requirePrincipal } from "#lib/auth/credential.ts"
import { requireOwnPage } from "#lib/auth/own-page.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { requireScope } from "#lib/auth/require-scope.ts"
import { requireSession } from "#lib/auth/require-session.ts"
import { AppError, isAppError, notFound } from "#lib/errors.ts"
import { toAppError } from "#lib/failures/to-app-error.ts"
import { redact } from "#lib/log.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { BodyShare } from "#lib/rates/body-budget.ts"
import { rateHeaders, rateLimited } from "#lib/rates/rate-limited.ts"
import type { Runtime } from "#lib/runtime.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

import { readJsonBody } from "./body.ts"
import { header, type Call } from "./call.ts"
import { failureReply, statusOf } from "./errors.ts"
import { createMatcher, type RouteMatch } from "./match-route.ts"
import { parseBody, parseQuery } from "./parse-shape.ts"
import { emptyReply, type Reply } from "./reply.ts"
import type { Route, RouteRate, RouteRequest } from "./route.ts"
import { routes } from "./routes.ts"
import { watchChunks } from "./watch-chunks.ts"

/** Deadline of an answer, not counting the upload of the body. */
const answerLimitMs = 5_000

export const matchRoute = createMatcher(routes)

/** Answers a request of the wire contract. Never throws: every failure is a reply. */
export async function handle(call: Call): Promise<Reply> {
  const startedMs = performance.now()
  const match = matchRoute(call.method, call.path)
  let reply: Reply
  let failure: AppError | null = null
  try {
    reply = await answer(call, match)
  } catch (thrown) {
    failure = toAppError(thrown)
    reply = failureReply(failure, match.kind === "found" ? match.route.statuses : undefined)
  }
  logRequest(call, reply, failure, performance.now() - startedMs)
  return reply
}

async function answer(call: Call, match: RouteMatch): Promise<Reply> {
  if (match.kind === "not_found") throw notFound()
  if (match.kind === "wrong_method") return replyToWrongMethod(call, match.allow)
  const { route } = match
  if (route.runPublic !== undefined) return await answerPublic(call, route, route.runPublic)
  return await answerPrincipal(call, route, match.params)
}

/** Answers a preflight with the allowed methods but no CORS headers, so that other sites stay out. */
function replyToWrongMethod(call: Call, allow: string): Reply {
  if (call.method === "OPTIONS") return emptyReply(204, { Allow: allow })
  const reply = failureReply(
    new AppError("method_not_allowed", "This path does not take that method."),
  )
  return { ...reply, headers: { ...reply.headers, Allow: allow } }
}

async function answerPublic(
  call: Call,
  route: Route,
  run: NonNullable<Route["runPublic"]>,
): Promise<Reply> {
  const { runtime } = call
  if (route.caller === "own_page") {
    requireOwnPage((name) => header(call, name), runtime.env.STUDIO_PUBLIC_URL)
  }
  const share = runtime.bodies.open(addressSubject(call.remoteAddress))
  const input = await readInput(call, route, share)
  return await runBounded(route, share, run({ call, runtime, ...input }))
}

async function answerPrincipal(
  call: Call,
  route: Route,
  params: RouteRequest<unknown, unknown>["params"],
): Promise<Reply> {
  const { runtime } = call
  const principal = await withDeadline(identify(call, route), answerLimitMs)
  const rates = await countRequest(runtime, principal, route.rate)
  if (route.scope !== null) requireScope(principal, route.scope)
  if (route.caller === "session") requireSession(principal)
  const known = { call, runtime, principal, params }
  const share = runtime.bodies.open(principal.userId)
  try {
    const input = await readInput(call, route, share)
    const answered = await runBounded(route, share, route.run({ ...known, ...input }))
    const reply = watchChunks(call, route, answered)
    return rates === null ? reply : { ...reply, headers: { ...reply.headers, ...rates } }
  } catch (thrown) {
    if (route.guard !== undefined && isRefusal(thrown)) {
      await withDeadline(route.guard(known), answerLimitMs)
    }
    throw thrown
  }
}

/** Waits for a handler up to its deadline; after it the handler keeps its body's memory share. */
async function runBounded(route: Route, share: BodyShare, running: Promise<Reply>): Promise<Reply> {
  void running.finally(() => share.release()).catch(() => {})
  return await withDeadline(running, route.answerLimitMs ?? answerLimitMs)
}

async function readInput(call: Call, route: Route, share: BodyShare) {
  try {
    const query = route.query === undefined ? undefined : parseQuery(route.query, call.query)
    if (route.body === undefined) return { query, body: undefined }
    const { isBodyOptional: isOptional, bodyBytesMax: bytesMax = limits.bodyBytesMax } = route
    const json = await readJsonBody(call, { isOptional, bytesMax, share })
    return { query, body: parseBody(route.body, json) }
  } catch (refusal) {
    share.release()
    throw refusal
  }
}

/** Authenticates the caller; a missing or invalid credential counts as a guess from that address. */
async function identify(call: Call, route: Route): Promise<Principal> {
  const { runtime, remoteAddress } = call
  const use = {
    route: `${route.method} ${route.path}`,
    address: remoteAddress === "" ? null : remoteAddress,
  }
  // A demotion must take effect at once for administrators, not after the cache's second.
  const asAdmin = route.scope === "admin" || call.query.has("view")
  try {
    return await requirePrincipal(runtime, call, use, asAdmin)
  } catch (thrown) {
    if (!isAppError(thrown) || thrown.code !== "unauthorized") throw thrown
    const guess = await runtime.limiter.admitGuess(addressSubject(remoteAddress))
    if (guess.state === "refused") throw rateLimited(guess.notice)
    throw thrown
  }
}

/** @returns the rate-limit headers, or null when the handler counts by itself */
async function countRequest(
  runtime: Runtime,
  principal: Principal,
  rate: RouteRate,
): Promise<Record<string, string> | null> {
  if (rate === "own") return null
  const admission = await runtime.limiter.admit(rate, principal)
  if (admission.state === "held") return null
  if (admission.state === "refused") throw rateLimited(admission.notice)
  return admission.notice === null ? null : rateHeaders(admission.notice)
}

/** Whether the request itself is at fault. */
function isRefusal(thrown: unknown): boolean {
  return isAppError(thrown) && [400, 413, 415, 422].includes(statusOf[thrown.code])
}

function logRequest(call: Call, reply: Reply, failure: AppError | null, tookMs: number): void {
  const { log } = call.runtime
  const isHealthCheck = call.path === "/healthz" || call.path === "/readyz"
  const level = levelOf(reply.status, isHealthCheck)
  if (!log.isLevelEnabled(level)) return
  log[level](
    {
      request: call.requestId,
      method: call.method,
      path: redact(call.path.slice(0, 200)),
      status: reply.status,
      ms: Math.round(tookMs * 10) / 10,
      ...(failure === null ? {} : { code: failure.code }),
      ...(failure?.cause === undefined ? {} : { err: failure.cause }),
    },
    "request",
  )
}

function levelOf(status: number, isHealthCheck: boolean): "debug" | "info" | "warn" | "error" {
  if (isHealthCheck) return "debug"
  if (status < 500) return "info"
  return status === 503 ? "warn" : "error"
}
