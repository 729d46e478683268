/** `__Host-` binds a cookie to this host and to HTTPS; on plain HTTP browsers refuse it. */
export function sessionCookieName(publicUrl: string | undefined): string {
  return publicUrl?.startsWith("https://") === true ? "__Host-studio_session" : "studio_session"
}

/**
 * Whether a `Cookie` header has several sessions. On plain HTTP a host beside ours can plant one
 * with a longer path, which browsers send first: whose it is nobody can tell.
 */
export function hasSeveralSessions(cookies: string, name: string): boolean {
  const sessions = cookies.split(";").filter((cookie) => cookie.trim().startsWith(`${name}=`))
  return sessions.length > 1
}

/**
 * The cookies of a sign-in, as browsers are to keep them: of a session that is not kept until the
 * browser is closed. What the library notes for itself beside the session is left out.
 */
export function cookiesToSet(headers: Headers, isKept: boolean): string[] {
  return headers
    .getSetCookie()
    .filter((cookie) => !/^[^=]*dont_remember=/.test(cookie))
    .map((cookie) => (isKept || !isSession(cookie) ? cookie : withoutAge(cookie)))
}

/** Of a session that begins; an empty one takes the cookie away. */
function isSession(cookie: string): boolean {
  return /^(?:__Host-)?studio_session=[^;]/.test(cookie)
}

function withoutAge(cookie: string): string {
  return cookie.replaceAll(/;\s*(?:max-age|expires)=[^;]*/gi, "")
}
