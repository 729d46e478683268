import type { TokenUse } from "#db/queries/token-holders.ts"
import { AppError } from "#lib/errors.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountDisabled } from "./account-disabled.ts"
import { isFromElsewhere, isFromOwnPage } from "./own-page.ts"
import type { Principal } from "./principal.ts"
import { identifySession } from "./session-principal.ts"
import { findTokenPrincipal } from "./token-principal.ts"

/** What a request shows of who sent it. */
interface Credentials {
  method: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** One answer for missing, malformed, expired and revoked. */
export function unauthorized(): AppError {
  return new AppError("unauthorized", "Sign in, or send a valid token.")
}

/**
 * Finds who is calling: by the `Authorization` header, and only by it when there is one, whatever
 * its scheme; else by the session cookie, which no other site may bring along and on unsafe methods
 * must come from our own pages.
 * @param use noted with the token; null = this is no use of its own
 * @param asAdmin an administrator's rights must be those of this moment, not of up to a second ago
 * @throws AppError unauthorized, account_disabled, invalid_header, cross_site, unsupported_media_type
 */
export async function requirePrincipal(
  runtime: Runtime,
  credentials: Credentials,
  use: TokenUse | null = null,
  asAdmin = false,
): Promise<Principal> {
  // A token in a URL ends up in logs and histories: it is never one to be used.
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
  // Before the session is looked up: being read by another site is no use of it either.
  if (isFromElsewhere(headerIn(credentials), runtime.env.STUDIO_PUBLIC_URL)) throw crossSite()
  const principal = await identifySession(runtime, new Headers({ cookie }))
  if (principal === null) throw unauthorized()
  if (principal === "disabled") throw accountDisabled()
  // A page says whose it is: meanwhile somebody else may have signed in with this browser.
  const owner = single(credentials.headers["x-studio-user"])
  if (owner !== "" && owner !== principal.userId) throw unauthorized()
  if (isUnsafe(credentials.method)) requireOwnRequest(runtime, credentials)
  return principal
}

function isUnsafe(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS"
}

/**
 * A cookie comes along with requests that other sites start. So one that changes something must be
 * from our own pages, and what it carries must be JSON, which no form of another site can send.
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
