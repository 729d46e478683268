import type { GenericOAuthConfig } from "better-auth/plugins/generic-oauth"

import type { Env } from "#lib/env.ts"

/** The provider's name in addresses and in the table of accounts. */
export const providerId = "oidc"

export type SingleSignOnEnv = Partial<
  Pick<Env, "STUDIO_OIDC_ISSUER" | "STUDIO_OIDC_CLIENT_ID" | "STUDIO_OIDC_CLIENT_SECRET">
>

/**
 * OpenID Connect over better-auth: authorization code with PKCE, state and nonce bound to the
 * browser, the id token's signature, issuer and audience checked. Null when it is not configured.
 */
export function providerOf(env: SingleSignOnEnv): GenericOAuthConfig | null {
  const { STUDIO_OIDC_ISSUER: issuer, STUDIO_OIDC_CLIENT_ID: clientId } = env
  if (issuer === undefined || clientId === undefined) return null
  return {
    providerId,
    discoveryUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    clientId,
    clientSecret: env.STUDIO_OIDC_CLIENT_SECRET,
    scopes: ["openid", "email", "profile"],
    requireIdTokenVerification: true,
    // People are invited; a provider brings nobody in.
    disableSignUp: true,
  }
}

/**
 * Who comes from the provider for the first time is who has the same address of mail here, if the
 * provider has checked it. On our side an owner vouched for it, by inviting it; nobody can change
 * their own.
 */
export const accountOptions = {
  accountLinking: { enabled: true, requireLocalEmailVerified: false },
  storeStateStrategy: "cookie",
  updateAccountOnSignIn: false,
} as const

/** Nothing is asked of the provider after the sign-in: its tokens are not kept. */
// oxlint-disable-next-line require-await -- the library waits for it
export async function withoutProviderTokens<T extends object>(account: T) {
  return { data: { ...account, accessToken: null, refreshToken: null, idToken: null } }
}

const refusals: Record<string, string> = {
  signup_disabled: "Nobody has that address here yet. Ask the owner of this Studio to invite you.",
  account_not_linked:
    "Your provider has not confirmed that address of mail, so it cannot be used here.",
  account_disabled: "Your account is disabled. Ask an administrator of this Studio to enable it.",
  access_denied: "You did not sign in there.",
}

/** What `?error=` on the sign-in page says in words; null without one. */
export function refusalWords(error: unknown): string | null {
  if (typeof error !== "string" || error === "") return null
  return refusals[error] ?? "Signing in there did not work. Try again."
}
