import { randomBytes } from "node:crypto"

import { getOrSetFact } from "#db/queries/installation.ts"
import { limits } from "#lib/protocol/limits.ts"

import type { SignInDeps } from "./create-auth.ts"
import { createOidcClient, type OidcClient } from "./oidc-client.ts"
import { hashPassword, isPassword } from "./password-hash.ts"
import { hasSeveralSessions, sessionCookieName } from "./session-cookies.ts"
import { providerOf } from "./single-sign-on.ts"

/** A live session and its person, in their current state. */
export interface SessionHolder {
  sessionId: string
  userId: string
  tenantId: string
  name: string
  email: string
  role: string
  isDisabled: boolean
  /** Disabling the person ended the session for good. */
  isEnded: boolean
  /** The last recorded use is over a minute old. */
  isUseStale: boolean
}

export interface SignIn {
  /** Preloads the sign-in library, so that the first sign-in need not wait for it. */
  prepare(): Promise<void>
  /**
   * Answers a request to `/api/auth/…`.
   * @param request with the origin the browser used
   * @param from the client's address; null when unknown
   */
  handle(request: Request, from: string | null): Promise<Response>
  /** Identifies people at the provider; null when none is configured. */
  singleSignOn: OidcClient | null
  /**
   * Opens a session for a person identified without a password.
   * @param from the client's address; null when unknown
   * @returns the headers that set its cookies; null when the person may not sign in
   */
  openSession(userId: string, headers: Headers, from: string | null): Promise<Headers | null>
  findSession(headers: Headers): Promise<SessionHolder | null>
  hashPassword(password: string): Promise<string>
  isPassword(password: string, hash: string): Promise<boolean>
}

/**
 * E-mail and password sign-in over better-auth. Owners create people; there is no sign-up. The library
 * is loaded on first use, which halves a process's start-up time; one that only drives turns never
 * loads it.
 */
export function createSignIn(deps: SignInDeps): SignIn {
  let loading: ReturnType<typeof load> | undefined
  const loaded = async () => {
    try {
      return await (loading ??= load(deps))
    } catch (error) {
      loading = undefined
      throw error
    }
  }
  const withAddress = (headers: Headers, name: string, from: string | null) => {
    const changed = new Headers(headers)
    changed.set(name, from ?? "")
    return changed
  }
  const provider = providerOf(deps.env)
  const cookieName = sessionCookieName(deps.env.STUDIO_PUBLIC_URL)
  return {
    async prepare() {
      await loaded()
    },
    async handle(request, from) {
      const { addressHeader, auth } = await loaded()
      const headers = withAddress(request.headers, addressHeader, from)
      return await auth.handler(new Request(request, { headers }))
    },
    singleSignOn: provider && createOidcClient(provider),
    async openSession(userId, given, from) {
      const { addressHeader, auth } = await loaded()
      const headers = withAddress(given, addressHeader, from)
      const answer = await auth.api.openSession({ body: { userId }, headers, asResponse: true })
      if (answer.status >= 500) throw new Error("A session could not be opened.")
      return answer.ok ? answer.headers : null
    },
    hashPassword,
    isPassword,
    async findSession(headers) {
      const cookies = headers.get("cookie")
      if (cookies === null || hasSeveralSessions(cookies, cookieName)) return null
      const { auth } = await loaded()
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } })
      return found === null ? null : liveHolderOf(found)
    },
  }
}

type Auth = Awaited<ReturnType<typeof load>>["auth"]
type Found = NonNullable<Awaited<ReturnType<Auth["api"]["getSession"]>>>

/** Null when the session has exceeded its idle timeout or its absolute lifetime. */
function liveHolderOf({ user, session }: Found): SessionHolder | null {
  const idleMs = Date.now() - session.updatedAt.getTime()
  const ageMs = Date.now() - session.createdAt.getTime()
  const [idleSecondsMax, ageSecondsMax] =
    session.isKept === true
      ? [limits.keptSessionIdleSeconds, limits.keptSessionSeconds]
      : [limits.sessionIdleSeconds, limits.sessionSeconds]
  if (idleMs > idleSecondsMax * 1000 || ageMs > ageSecondsMax * 1000) return null
  return {
    sessionId: session.id,
    userId: user.id,
    tenantId: user.tenantId,
    name: user.name,
    email: user.email,
    role: user.role,
    isDisabled: user.disabledAt != null,
    isEnded: session.isEnded === true,
    isUseStale: idleMs > 60_000,
  }
}

async function load(deps: SignInDeps) {
  const [{ addressHeader, createAuth }, secret] = await Promise.all([
    import("./create-auth.ts"),
    deps.env.STUDIO_SECRET ??
      getOrSetFact(deps.db, "sign_in_secret", randomBytes(32).toString("base64url")),
  ])
  return { addressHeader, auth: createAuth(deps, secret) }
}
