/** `__Host-` binds a cookie to this host and to HTTPS; on plain HTTP browsers refuse it. */
export function sessionCookieName(publicUrl: string | undefined): string {
  return publicUrl?.startsWith("https://") === true ? "__Host-studio_session" : "studio_session"
}

/**
 * Whether a `Cookie` header contains several sessions. On plain HTTP a sibling host can plant one with
 * a longer path, which browsers send first, so the genuine one cannot be determined.
 */
export function hasSeveralSessions(cookies: string, name: string): boolean {
  const sessions = cookies.split(";").filter((cookie) => cookie.trim().startsWith(`${name}=`))
  return sessions.length > 1
}

/**
 * The Set-Cookie headers of a sign-in. A session that is not kept ends when the browser closes. The
 * library's other cookies are dropped.
 */
export function cookiesToSet(headers: Headers, isKept: boolean): string[] {
  return headers
    .getSetCookie()
    .filter((cookie) => !/^[^=]*dont_remember=/.test(cookie))
    .map((cookie) => (isKept || !isSession(cookie) ? cookie : withoutAge(cookie)))
}

/** A cookie that starts a session; an empty value deletes it instead. */
function isSession(cookie: string): boolean {
  return /^(?:__Host-)?studio_session=[^;]/.test(cookie)
}

function withoutAge(cookie: string): string {
  return cookie.replaceAll(/;\s*(?:max-age|expires)=[^;]*/gi, "")
}
