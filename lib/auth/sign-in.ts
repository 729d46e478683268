import { randomBytes } from "node:crypto"

import { betterAuth, type BetterAuthPlugin } from "better-auth"
import { APIError } from "better-auth/api"

import type { Database } from "#db/client.ts"
import { getOrSetFact } from "#db/queries/installation.ts"
import { renewPasswordHash } from "#db/queries/passwords.ts"
import { signInStore } from "#db/sign-in-store.ts"
import type { Env } from "#lib/env.ts"
import { newId } from "#lib/ids.ts"
import type { Log } from "#lib/log.ts"
import { limits } from "#lib/protocol/limits.ts"

import { hashPassword, isOutdated, isPassword } from "./password-hash.ts"
import {
  accountOptions,
  singleSignOnPlugin,
  withoutProviderTokens,
  type SingleSignOnEnv,
} from "./single-sign-on.ts"

export const passwordLimits = { charactersMin: 8, charactersMax: 256 } as const

/** Where the library reads the address of a request; set by us, whatever came with it. */
const addressHeader = "x-sign-in-address"

export interface SignInDeps {
  db: Database
  env: Pick<Env, "STUDIO_SECRET" | "STUDIO_PUBLIC_URL"> & SingleSignOnEnv
  log: Log
}

/** A live session and the person behind it, as of now. */
export interface SessionHolder {
  sessionId: string
  userId: string
  tenantId: string
  name: string
  email: string
  role: string
  isDisabled: boolean
  /** Its last noted use is over a minute ago. */
  isUseStale: boolean
}

export interface SignIn {
  readonly addressHeader: string
  /** Answers a request to `/api/auth/…`; the address is the one the browser used. */
  handle(request: Request): Promise<Response>
  /** The same for those of single sign-on; null when none is configured. */
  handleSingleSignOn: ((request: Request) => Promise<Response>) | null
  findSession(headers: Headers): Promise<SessionHolder | null>
  hashPassword(password: string): Promise<string>
  isPassword(password: string, hash: string): Promise<boolean>
}

/** E-mail and password over better-auth. People are made by the owner, never by signing up. */
export async function createSignIn(deps: SignInDeps): Promise<SignIn> {
  const secret =
    deps.env.STUDIO_SECRET ??
    (await getOrSetFact(deps.db, "sign_in_secret", randomBytes(32).toString("base64url")))
  const auth = createAuth(deps, secret, [])
  const plugin = singleSignOnPlugin(deps.env)
  // An instance of its own: a provider that does not answer keeps nobody from their password.
  const withProvider = plugin === null ? null : createAuth(deps, secret, [plugin])
  return {
    addressHeader,
    handle: (request) => auth.handler(request),
    handleSingleSignOn: withProvider && ((request) => withProvider.handler(request)),
    hashPassword,
    isPassword,
    async findSession(headers) {
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } })
      if (found === null) return null
      const { user, session } = found
      const idleMs = Date.now() - session.updatedAt.getTime()
      const ageMs = Date.now() - session.createdAt.getTime()
      if (idleMs > limits.sessionIdleSeconds * 1000 || ageMs > limits.sessionSeconds * 1000) {
        return null
      }
      return {
        sessionId: session.id,
        userId: user.id,
        tenantId: user.tenantId,
        name: user.name,
        email: user.email,
        role: user.role,
        isDisabled: user.disabledAt != null,
        isUseStale: idleMs > 60_000,
      }
    },
  }
}

function createAuth({ db, env, log }: SignInDeps, secret: string, plugins: BetterAuthPlugin[]) {
  const publicOrigin = env.STUDIO_PUBLIC_URL && new URL(env.STUDIO_PUBLIC_URL).origin
  const isHttps = publicOrigin?.startsWith("https://") ?? false
  return betterAuth({
    database: signInStore(db),
    secret,
    // Without a public address the browser's own is taken: sign-in works under every name.
    ...(publicOrigin ? { baseURL: publicOrigin } : {}),
    basePath: "/api/auth",
    onAPIError: { errorURL: "/sign-in" },
    plugins,
    account: accountOptions,
    emailAndPassword: passwordOptions({ db, log }),
    user: {
      additionalFields: {
        tenantId: { type: "string", required: true, input: false },
        role: { type: "string", required: true, input: false },
        disabledAt: { type: "date", required: false, input: false },
      },
    },
    // Never prolonged: its use is noted by us, and it ends with the week.
    session: { expiresIn: limits.sessionSeconds, disableSessionRefresh: true },
    databaseHooks: {
      account: { create: { before: withoutProviderTokens } },
      session: {
        create: {
          before: async (session, context) => {
            const user = await context?.context.internalAdapter.findUserById(session.userId)
            if (isDisabled(user)) {
              throw new APIError("FORBIDDEN", {
                code: "account_disabled",
                message: "This account is disabled.",
              })
            }
          },
        },
      },
    },
    advanced: {
      useSecureCookies: false,
      cookies: { session_token: sessionCookie(isHttps) },
      defaultCookieAttributes: { secure: isHttps },
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
    },
    // Tries are counted before they come here, over all processes.
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

/** Whoever signs in with an old hash has a new one afterwards: only now is the password at hand. */
async function verifyAndRenew(
  { db, log }: Pick<SignInDeps, "db" | "log">,
  { password, hash }: { password: string; hash: string },
): Promise<boolean> {
  if (!(await isPassword(password, hash))) return false
  if (!isOutdated(hash)) return true
  try {
    await renewPasswordHash(db, { old: hash, next: await hashPassword(password) })
  } catch (error) {
    log.warn({ err: error }, "the hash of a password could not be renewed")
  }
  return true
}

/** `__Host-` binds a cookie to this host and to HTTPS; on plain HTTP browsers refuse it. */
function sessionCookie(isHttps: boolean) {
  return {
    name: isHttps ? "__Host-studio_session" : "studio_session",
    attributes: { secure: isHttps, httpOnly: true, sameSite: "lax" as const, path: "/" },
  }
}

function isDisabled(user: unknown): boolean {
  return (
    typeof user === "object" && user !== null && "disabledAt" in user && user.disabledAt != null
  )
}
