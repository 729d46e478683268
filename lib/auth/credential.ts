import type { TokenUse } from "#db/queries/token-holders.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountDisabled } from "./account-disabled.ts"
import { isFromElsewhere, isFromOwnPage } from "./own-page.ts"
import type { Principal } from "./principal.ts"
import { identifySession } from "./session-principal.ts"
import { findTokenPrincipal } from "./token-principal.ts"

/** The request parts that authenticate its caller. */
interface Credentials {
  method: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The same answer for missing, malformed, expired and revoked credentials. */
export function unauthorized(): AppError {
  return new AppError("unauthorized", "Sign in, or send a valid token.")
}

/**
 * Authenticates the caller: by the `Authorization` header alone when there is one, whatever its scheme;
 * else by the session cookie, which is rejected on cross-site requests and, for unsafe methods, on any
 * request not sent by our own pages.
 * @param use recorded as the token's last use; null = not recorded
 * @param asAdmin bypasses the cache, so that revoked administrator rights end at once
 * @throws AppError unauthorized, account_disabled, invalid_header, cross_site, unsupported_media_type
 */
export async function requirePrincipal(
  runtime: Runtime,
  credentials: Credentials,
  use: TokenUse | null = null,
  asAdmin = false,
): Promise<Principal> {
  // Tokens in URLs leak into logs and histories, so they are never accepted.
  if (credentials.query.has("token") || credentials.query.has("access_token")) throw unauthorized()
  if (credentials.headers["authorization"] === undefined) {
    return await requireSession(runtime, credentials)
  }
  const authorization = single(credentials.headers["authorization"])
  if (authorization.includes(",")) {
    throw new AppError("invalid_header", "Send one Authorization header.")
  }
  const bearer = /^bearer +(.*)$/i.exec(authorization)
  const principal =
    bearer === null ? null : await findTokenPrincipal(runtime, bearer[1] ?? "", use, asAdmin)
  if (principal === null) throw unauthorized()
  return principal
}

async function requireSession(runtime: Runtime, credentials: Credentials): Promise<Principal> {
  const cookie = single(credentials.headers["cookie"])
  if (cookie === "") throw unauthorized()
  // Before the session lookup: a cross-site read must not extend the session either.
  if (isFromElsewhere(headerIn(credentials), runtime.env.STUDIO_PUBLIC_URL)) throw crossSite()
  const principal = await identifySession(runtime, new Headers({ cookie }))
  if (principal === null) throw unauthorized()
  if (principal === "disabled") throw accountDisabled()
  // A page names its user, because another person may have signed in with this browser meanwhile.
  const owner = single(credentials.headers["x-studio-user"])
  if (owner !== "" && owner !== principal.userId) throw unauthorized()
  if (isUnsafe(credentials.method)) requireOwnRequest(runtime, credentials)
  return principal
}

function isUnsafe(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS"
}

/**
 * CSRF protection: browsers attach the cookie to requests that other sites start. An unsafe request
 * must therefore come from our own pages and carry JSON, which no cross-site form can send.
 */
function requireOwnRequest(runtime: Runtime, credentials: Credentials): void {
  const headerOf = headerIn(credentials)
  if (!isFromOwnPage(headerOf, runtime.env.STUDIO_PUBLIC_URL)) throw crossSite()
  const isEmpty = headerOf("transfer-encoding") === "" && /^0*$/.test(headerOf("content-length"))
  const type = headerOf("content-type")
  if ((isEmpty && type === "") || /^application\/json[\t ]*(?:;|$)/i.test(type)) return
  throw new AppError("unsupported_media_type", "Send the body as Content-Type: application/json.")
}

function crossSite(): AppError {
  return new AppError("cross_site", "This request did not come from the Studio's own pages.")
}

function headerIn({ headers }: Credentials) {
  return (name: string) => single(headers[name])
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(", ") : value) ?? ""
}
