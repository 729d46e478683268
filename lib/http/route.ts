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

/** What a handler gets: everything about the request that has been checked already. */
export interface RouteRequest<Query, Body> {
  call: Call
  runtime: Runtime
  principal: Principal
  params: Params
  query: Query
  body: Body
}

interface ReplyShape {
  description: string
  /** JSON, unless `contentTypes` says otherwise. */
  shape?: z.ZodType
  /** Media types without parameters, or a range of them. */
  contentTypes?: readonly string[]
}

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
}

interface PrincipalRouteSpec<Q extends z.ZodObject, B extends z.ZodType> extends RouteFacts {
  /** Null = any credential will do. */
  scope: Scope | null
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
  isPublic: boolean
  query?: z.ZodObject
  body?: z.ZodType
  isBodyOptional: boolean
  guard?: (request: Omit<RouteRequest<unknown, unknown>, "query" | "body">) => Promise<unknown>
  /** Only with what `query` and `body` have parsed. */
  run: (request: RouteRequest<unknown, unknown>) => Promise<Reply>
  runPublic?: (call: Call) => Promise<Reply>
}

/** A route for who has a credential. */
export function route<Q extends z.ZodObject, B extends z.ZodType>(
  spec: PrincipalRouteSpec<Q, B>,
): Route {
  const { run, ...facts } = spec
  return {
    rate: spec.method === "GET" ? "reads" : "writes",
    ...facts,
    isPublic: false,
    isBodyOptional: spec.isBodyOptional ?? false,
    run: (request) => run(asParsed<Q, B>(request)),
  }
}

/** A route that asks nobody who they are. */
export function publicRoute(spec: RouteFacts & { run: (call: Call) => Promise<Reply> }): Route {
  const { run, ...facts } = spec
  return {
    ...facts,
    // Nobody to count.
    rate: "own",
    scope: null,
    isPublic: true,
    isBodyOptional: true,
    run: (request) => run(request.call),
    runPublic: run,
  }
}

/** The wrapper has parsed query and body with this very route's shapes. */
function asParsed<Q extends z.ZodObject, B extends z.ZodType>(
  request: RouteRequest<unknown, unknown>,
): RouteRequest<z.output<Q>, z.output<B>> {
  return request as RouteRequest<z.output<Q>, z.output<B>>
}
