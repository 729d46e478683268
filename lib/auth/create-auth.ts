import { APIError, createAuthEndpoint } from "better-auth/api"
import { setSessionCookie } from "better-auth/cookies"
import { betterAuth } from "better-auth/minimal"
import { z } from "zod"

import type { Database } from "#db/client.ts"
import { renewPasswordHash } from "#db/queries/accounts.ts"
import { signInStore } from "#db/sign-in-store.ts"
import type { Env } from "#lib/env.ts"
import { newId } from "#lib/ids.ts"
import type { Log } from "#lib/log.ts"
import { limits } from "#lib/protocol/limits.ts"

import { hashPassword, isOutdated, isPassword, passwordLimits } from "./password-hash.ts"
import { sessionCookieName } from "./session-cookies.ts"
import type { SingleSignOnEnv } from "./single-sign-on.ts"

export interface SignInDeps {
  db: Database
  env: Pick<Env, "STUDIO_SECRET" | "STUDIO_PUBLIC_URL"> & SingleSignOnEnv
  log: Log
}

/** The header the library reads the client's address from; we always overwrite it. */
export const addressHeader = "x-sign-in-address"

/** The sign-in library over our tables. Loading it takes a second of CPU time: see `sign-in.ts`. */
export function createAuth({ db, env, log }: SignInDeps, secret: string) {
  const publicOrigin = env.STUDIO_PUBLIC_URL && new URL(env.STUDIO_PUBLIC_URL).origin
  const isHttps = publicOrigin?.startsWith("https://") ?? false
  return betterAuth({
    database: signInStore(db),
    secret,
    // Without a public address the request's own origin is used, so sign-in works under every name.
    ...(publicOrigin ? { baseURL: publicOrigin } : {}),
    basePath: "/api/auth",
    onAPIError: { errorURL: "/sign-in" },
    plugins: [{ id: "studio", endpoints: { openSession } }],
    emailAndPassword: passwordOptions({ db, log }),
    user: {
      additionalFields: {
        tenantId: { type: "string", required: true, input: false },
        role: { type: "string", required: true, input: false },
        disabledAt: { type: "date", required: false, input: false },
      },
    },
    session: sessionOptions,
    databaseHooks: {
      session: { create: { before: beginSession } },
    },
    advanced: {
      useSecureCookies: false,
      cookies: {
        session_token: {
          name: sessionCookieName(publicOrigin),
          attributes: { secure: isHttps, httpOnly: true, sameSite: "lax", path: "/" },
        },
      },
      defaultCookieAttributes: { secure: isHttps },
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
    },
    // `try-limit.ts` counts attempts first, across all processes.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: "error",
      log: (_level, message, ...details: unknown[]) => {
        const error = details.find((detail) => detail instanceof Error)
        log.error({ from: "sign-in", ...(error === undefined ? {} : { err: error }) }, message)
      },
    },
  })
}

/** Server-only: opens a session for a person identified by single sign-on. */
const openSession = createAuthEndpoint.serverOnly(
  { method: "POST", body: z.object({ userId: z.uuid() }) },
  async (request) => {
    const { internalAdapter } = request.context
    const user = await internalAdapter.findUserById(request.body.userId)
    if (user === null) throw new APIError("UNAUTHORIZED")
    const session = await internalAdapter.createSession(user.id)
    if (session === null) throw new APIError("UNAUTHORIZED")
    await setSessionCookie(request, { session, user })
    return {}
  },
)

/** The library never extends sessions, because their lifetime is decided here. */
const sessionOptions = {
  expiresIn: limits.keptSessionSeconds,
  disableSessionRefresh: true,
  additionalFields: {
    isKept: { type: "boolean", required: false, input: false },
    isEnded: { type: "boolean", required: false, input: false },
  },
} as const

interface Beginning {
  body?: unknown
  context: { internalAdapter: { findUserById(id: string): Promise<unknown> } }
}

/** @throws APIError account_disabled, after the password was verified */
async function beginSession<T extends { userId: string }>(session: T, request: Beginning | null) {
  if (isDisabled(await request?.context.internalAdapter.findUserById(session.userId))) {
    throw new APIError("FORBIDDEN", {
      code: "account_disabled",
      message: "This account is disabled.",
    })
  }
  return { data: { ...session, isKept: isToBeKept(request?.body) } }
}

function passwordOptions(deps: Pick<SignInDeps, "db" | "log">) {
  return {
    enabled: true,
    disableSignUp: true,
    minPasswordLength: passwordLimits.charactersMin,
    maxPasswordLength: passwordLimits.charactersMax,
    password: {
      hash: hashPassword,
      verify: (given: { password: string; hash: string }) => verifyAndRenew(deps, given),
    },
  }
}

/** Rehashes an outdated hash at sign-in, the only time the password is available. */
async function verifyAndRenew(
  { db, log }: Pick<SignInDeps, "db" | "log">,
  { password, hash }: { password: string; hash: string },
): Promise<boolean> {
  if (!(await isPassword(password, hash))) return false
  if (!isOutdated(hash)) return true
  try {
    await renewPasswordHash(db, { old: hash, next: await hashPassword(password) })
  } catch (error) {
    log.warn({ err: error }, "could not rehash a password")
  }
  return true
}

/** The "stay signed in" choice of a password sign-in; single sign-on does not offer it. */
function isToBeKept(body: unknown): boolean {
  return (
    typeof body === "object" && body !== null && "rememberMe" in body && body.rememberMe === true
  )
}

function isDisabled(user: unknown): boolean {
  return (
    typeof user === "object" && user !== null && "disabledAt" in user && user.disabledAt != null
  )
}
