import type { z } from "zod"

import type { Principal } from "#lib/auth/principal.ts"
import type { ErrorCode } from "#lib/protocol/error-codes.ts"
import type { Scope } from "#lib/protocol/scopes.ts"
import type { RateClass } from "#lib/rates/rate-limiter.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { Call } from "./call.ts"
import type { Reply } from "./reply.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** Path parameters; every one is a UUID in its canonical form. */
export type Params = Readonly<Record<string, string>>

/** A request with validated query and body. */
interface PublicRequest<Query, Body> {
  call: Call
  runtime: Runtime
  query: Query
  body: Body
}

/** A handler's input: the validated parts of an authenticated request. */
export interface RouteRequest<Query, Body> extends PublicRequest<Query, Body> {
  principal: Principal
  params: Params
}

interface ReplyShape {
  description: string
  /** JSON, unless `contentTypes` says otherwise. */
  shape?: z.ZodType
  /** Media types without parameters, or a range of them. */
  contentTypes?: readonly string[]
}

/**
 * Authentication required before a handler runs: a token or a session; a session; a request from one of
 * our own pages, signed in or not; none.
 */
export type Caller = "credential" | "session" | "own_page" | "anyone"

/**
 * The rate limit of a request; `own` = the handler charges it itself, once it knows the request's kind.
 */
export type RouteRate = RateClass | "own"

interface RouteFacts {
  method: Method
  /** Segments in braces are ids: `/v1/api/conversations/{id}`. */
  path: string
  summary: string
  replies: Readonly<Record<number, ReplyShape>>
  /** Default: safe methods count as reads, all others as writes. */
  rate?: RouteRate
  /** Failures besides those of every route. */
  failures?: readonly ErrorCode[]
  /** Overrides of codes' default statuses. */
  statuses?: Readonly<Partial<Record<ErrorCode, number>>>
  /** Maximum body size; default `limits.bodyBytesMax`. */
  bodyBytesMax?: number
  /** Deadline of the answer; default 5 s. */
  answerLimitMs?: number
}

interface PrincipalRouteSpec<Q extends z.ZodObject, B extends z.ZodType> extends RouteFacts {
  /** Null = any credential suffices. */
  scope: Scope | null
  /** Default: tokens are accepted too. */
  caller?: "session"
  query?: Q
  body?: B
  /** An empty body counts as `{}`. */
  isBodyOptional?: boolean
  /**
   * Access check on the path's resource; throws not_found. Runs before other validation errors, which
   * would reveal that the resource exists.
   */
  guard?: (request: Omit<RouteRequest<unknown, unknown>, "query" | "body">) => Promise<unknown>
  run: (request: RouteRequest<z.output<Q>, z.output<B>>) => Promise<Reply>
}

/** A route in the form the wrapper and the OpenAPI document use. */
export interface Route extends RouteFacts {
  rate: RouteRate
  scope: Scope | null
  caller: Caller
  query?: z.ZodObject
  body?: z.ZodType
  isBodyOptional: boolean
  guard?: (request: Omit<RouteRequest<unknown, unknown>, "query" | "body">) => Promise<unknown>
  /** Only called with the parsed `query` and `body`. */
  run: (request: RouteRequest<unknown, unknown>) => Promise<Reply>
  runPublic?: (request: PublicRequest<unknown, unknown>) => Promise<Reply>
}

/** A route that requires a credential. */
export function route<Q extends z.ZodObject, B extends z.ZodType>(
  spec: PrincipalRouteSpec<Q, B>,
): Route {
  const { run, ...facts } = spec
  return {
    rate: spec.method === "GET" ? "reads" : "writes",
    caller: "credential",
    ...facts,
    isBodyOptional: spec.isBodyOptional ?? false,
    run: (request) => run(asParsed<typeof request, Q, B>(request)),
  }
}

interface PublicRouteSpec<B extends z.ZodType> extends RouteFacts {
  caller?: "own_page"
  body?: B
  run: (request: PublicRequest<undefined, z.output<B>>) => Promise<Reply>
}

/** A route that requires no credential. */
export function publicRoute<B extends z.ZodType>(spec: PublicRouteSpec<B>): Route {
  const { run, ...facts } = spec
  const runPublic = (request: PublicRequest<unknown, unknown>) =>
    run(asParsed<typeof request, never, B>(request))
  return {
    caller: "anyone",
    ...facts,
    // Without a person, per-person limits cannot count it.
    rate: "own",
    scope: null,
    isBodyOptional: false,
    run: runPublic,
    runPublic,
  }
}

/** The casts are safe because the wrapper parsed query and body with this route's own shapes. */
function asParsed<R, Q extends z.ZodObject, B extends z.ZodType>(
  request: R,
): R & { query: z.output<Q>; body: z.output<B> } {
  return request as R & { query: z.output<Q>; body: z.output<B> }
}
