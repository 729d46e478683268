import { randomBytes } from "node:crypto"

import { betterAuth } from "better-auth"
import { APIError } from "better-auth/api"
import { hashPassword } from "better-auth/crypto"

import type { Database } from "#db/client.ts"
import { getOrSetFact } from "#db/queries/installation.ts"
import { signInStore } from "#db/sign-in-store.ts"
import type { Env } from "#lib/env.ts"
import { newId } from "#lib/ids.ts"
import type { Log } from "#lib/log.ts"

export const passwordLimits = { charactersMin: 8, charactersMax: 256 } as const

const sessionSeconds = 30 * 24 * 60 * 60

export interface SignInDeps {
  db: Database
  env: Pick<Env, "STUDIO_SECRET" | "STUDIO_PUBLIC_URL">
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
}

export interface SignIn {
  /** Answers a request to `/api/auth/…`; the address is the one the browser used. */
  handle(request: Request): Promise<Response>
  findSession(headers: Headers): Promise<SessionHolder | null>
  hashPassword(password: string): Promise<string>
}

/** E-mail and password over better-auth. People are made by the owner, never by signing up. */
export async function createSignIn(deps: SignInDeps): Promise<SignIn> {
  const secret =
    deps.env.STUDIO_SECRET ??
    (await getOrSetFact(deps.db, "sign_in_secret", randomBytes(32).toString("base64url")))
  const auth = createAuth(deps, secret)
  return {
    handle: (request) => auth.handler(request),
    hashPassword,
    async findSession(headers) {
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } })
      if (found === null) return null
      const { user, session } = found
      return {
        sessionId: session.id,
        userId: user.id,
        tenantId: user.tenantId,
        name: user.name,
        email: user.email,
        role: user.role,
        isDisabled: user.disabledAt != null,
      }
    },
  }
}

function createAuth({ db, env, log }: SignInDeps, secret: string) {
  const publicOrigin = env.STUDIO_PUBLIC_URL && new URL(env.STUDIO_PUBLIC_URL).origin
  const isHttps = publicOrigin?.startsWith("https://") ?? false
  return betterAuth({
    database: signInStore(db),
    secret,
    // Without a public address the browser's own is taken: sign-in works under every name.
    ...(publicOrigin ? { baseURL: publicOrigin } : {}),
    basePath: "/api/auth",
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLimits.charactersMin,
      maxPasswordLength: passwordLimits.charactersMax,
    },
    user: {
      additionalFields: {
        tenantId: { type: "string", required: true, input: false },
        role: { type: "string", required: true, input: false },
        disabledAt: { type: "date", required: false, input: false },
      },
    },
    session: { expiresIn: sessionSeconds, updateAge: 24 * 60 * 60 },
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => {
            const user = await context?.context.internalAdapter.findUserById(session.userId)
            if (isDisabled(user)) {
              throw new APIError("FORBIDDEN", { message: "This account is disabled." })
            }
          },
        },
      },
    },
    advanced: {
      useSecureCookies: false,
      cookies: { session_token: sessionCookie(isHttps) },
      database: { generateId: () => newId() },
      ipAddress: { disableIpTracking: true },
    },
    // Tries are counted by e-mail before they come here: behind a proxy everyone has one address.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: "error",
      log: (_level, message) => log.error({ from: "sign-in" }, message),
    },
  })
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
