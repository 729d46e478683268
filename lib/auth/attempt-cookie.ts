import type { SignInAttempt } from "./oidc-client.ts"

/** Long enough to find a phone for a second factor. */
const lifeSeconds = 10 * 60

/** A sign-in in progress at the provider. */
interface KeptAttempt extends SignInAttempt {
  /** Path of the page to open after signing in. */
  next: string
}

/**
 * The cookie that binds a provider's answer to the browser that started the sign-in. Each attempt has
 * its own, so two tabs do not interfere. It is neither signed nor secret from its browser: an attacker
 * who could plant a forged one could equally plant a genuine one of their own.
 */
export function attemptCookie(attempt: KeptAttempt, isHttps: boolean): string {
  const { state, nonce, verifier, next } = attempt
  const value = Buffer.from(JSON.stringify([state, nonce, verifier, next])).toString("base64url")
  return `${nameOf(state, isHttps)}=${value}; Max-Age=${lifeSeconds}; ${attributes(isHttps)}`
}

/** Expires an attempt's cookie, because a provider's answer is valid only once. */
export function expiredAttemptCookie(state: string, isHttps: boolean): string {
  return `${nameOf(state, isHttps)}=; Max-Age=0; ${attributes(isHttps)}`
}

/**
 * The attempt that a provider's answer belongs to, or null when this browser has none with that state.
 */
export function readAttempt(
  cookies: string | null,
  state: string | null,
  isHttps: boolean,
): KeptAttempt | null {
  if (state === null || state === "") return null
  const prefix = `${nameOf(state, isHttps)}=`
  const found = (cookies ?? "").split(/;\s*/).find((cookie) => cookie.startsWith(prefix))
  if (found === undefined) return null
  const fields = parse(Buffer.from(found.slice(prefix.length), "base64url").toString())
  const [kept, nonce, verifier, next] = fields
  if (kept !== state || nonce === undefined || verifier === undefined) return null
  return { state, nonce, verifier, next: next ?? "/" }
}

function parse(text: string): (string | undefined)[] {
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return []
    return value.map((field: unknown) => (typeof field === "string" ? field : undefined))
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function nameOf(state: string, isHttps: boolean): string {
  const tag = state.replaceAll(/[^\w-]/g, "").slice(0, 12)
  return `${isHttps ? "__Host-" : ""}studio_single_sign_on_${tag}`
}

function attributes(isHttps: boolean): string {
  return `Path=/; HttpOnly; SameSite=Lax${isHttps ? "; Secure" : ""}`
}
