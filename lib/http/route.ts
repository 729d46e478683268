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

/** A request whose query and body have been checked. */
interface PublicRequest<Query, Body> {
  call: Call
  runtime: Runtime
  query: Query
  body: Body
}

/** What a handler gets: everything about the request that has been checked already. */
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
 * What a request must show before a handler runs: a token or a session; a session; that one of our
 * own pages sent it, whoever sits there; nothing.
 */
export type Caller = "credential" | "session" | "own_page" | "anyone"

/** Which limit counts a request; `own` = the handler asks itself, when it knows what is asked. */
export type RouteRate = RateClass | "own"

interface RouteFacts {
  method: Method
  /** Segments in braces are ids: `/v1/api/conversations/{id}`. */
  path: string
  summary: string
  replies: Readonly<Record<number, ReplyShape>>
  /** Unless given, what changes nothing counts as a read and everything else as a write. */
  rate?: RouteRate
  /** Failures of its own, beside those every route has. */
  failures?: readonly ErrorCode[]
  /** Of codes that have another status here than everywhere else. */
  statuses?: Readonly<Partial<Record<ErrorCode, number>>>
  /** The largest body; `limits.bodyBytesMax` unless given. */
  bodyBytesMax?: number
  /** Longest the answer may take; 5 s unless given. */
  answerLimitMs?: number
}

interface PrincipalRouteSpec<Q extends z.ZodObject, B extends z.ZodType> extends RouteFacts {
  /** Null = any credential will do. */
  scope: Scope | null
  /** Unless given, a token will do as well. */
  caller?: "session"
  query?: Q
  body?: B
  /** An empty body counts as `{}`. */
  isBodyOptional?: boolean
  /**
   * Throws not_found when the caller may not see what the path names: asked before a request is
   * told that something else is wrong with it.
   */
  guard?: (request: Omit<RouteRequest<unknown, unknown>, "query" | "body">) => Promise<unknown>
  run: (request: RouteRequest<z.output<Q>, z.output<B>>) => Promise<Reply>
}

/** A route as the wrapper and the OpenAPI document see it. */
export interface Route extends RouteFacts {
  rate: RouteRate
  scope: Scope | null
  caller: Caller
  query?: z.ZodObject
  body?: z.ZodType
  isBodyOptional: boolean
  guard?: (request: Omit<RouteRequest<unknown, unknown>, "query" | "body">) => Promise<unknown>
  /** Only with what `query` and `body` have parsed. */
  run: (request: RouteRequest<unknown, unknown>) => Promise<Reply>
  runPublic?: (request: PublicRequest<unknown, unknown>) => Promise<Reply>
}

/** A route for callers with a credential. */
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

/** A route that asks for no credential. */
export function publicRoute<B extends z.ZodType>(spec: PublicRouteSpec<B>): Route {
  const { run, ...facts } = spec
  const runPublic = (request: PublicRequest<unknown, unknown>) =>
    run(asParsed<typeof request, never, B>(request))
  return {
    caller: "anyone",
    ...facts,
    // There is no person whose requests could be counted.
    rate: "own",
    scope: null,
    isBodyOptional: false,
    run: runPublic,
    runPublic,
  }
}

/** The wrapper has parsed query and body with this very route's shapes. */
function asParsed<R, Q extends z.ZodObject, B extends z.ZodType>(
  request: R,
): R & { query: z.output<Q>; body: z.output<B> } {
  return request as R & { query: z.output<Q>; body: z.output<B> }
}
