import type { Env } from "#lib/env.ts"

import { accountDisabledWords } from "./account-disabled.ts"

export type SingleSignOnEnv = Partial<
  Pick<
    Env,
    | "STUDIO_OIDC_ISSUER"
    | "STUDIO_OIDC_CLIENT_ID"
    | "STUDIO_OIDC_CLIENT_SECRET"
    | "STUDIO_OIDC_NAME"
  >
>

/** An OpenID Connect provider and the Studio's client credentials there. */
export interface ProviderSettings {
  issuer: string
  clientId: string
  clientSecret: string
}

/** The configured provider; null without one. */
export function providerOf(env: SingleSignOnEnv): ProviderSettings | null {
  const { STUDIO_OIDC_ISSUER: issuer, STUDIO_OIDC_CLIENT_ID: clientId } = env
  if (issuer === undefined || clientId === undefined) return null
  return { issuer, clientId, clientSecret: env.STUDIO_OIDC_CLIENT_SECRET ?? "" }
}

const refusals = {
  unknown_person: "Nobody has that address here yet. Ask the owner of this Studio to invite you.",
  no_email:
    "Your provider did not say what your e-mail address is. Its administrator can allow that for this Studio (the claim email).",
  email_unconfirmed:
    "Your provider has not confirmed that e-mail address, so it can't be used here.",
  email_not_ascii:
    "Your provider gave an e-mail address with letters beyond a to z. Those can't be used here.",
  other_identity:
    "That e-mail address belongs to another account of your provider here. Ask the owner of this Studio.",
  account_disabled: accountDisabledWords,
  access_denied: "You did not sign in there.",
  attempt_unknown: "That sign-in was started in another browser, or too long ago. Try again.",
  provider_unreachable: "Single sign-on does not answer. Try again in a moment.",
  provider_refused:
    "Your provider refused the sign-in. Try again, or tell the owner of this Studio.",
  client_refused:
    "Your provider does not accept this Studio's client id and secret. Tell the owner of this Studio.",
  client_auth_unsupported:
    "Your provider takes no client secret, which this Studio signs in with. Tell the owner of this Studio.",
  no_id_token:
    "Your provider sent no ID token, so it did not prove who you are. Tell the owner of this Studio.",
  wrong_issuer:
    "The answer came from another provider than the one set up here. Tell the owner of this Studio.",
  wrong_audience: "Your provider's answer was meant for another application. Tell the owner.",
  wrong_nonce: "Your provider's answer does not belong to this sign-in. Try again.",
  bad_signature:
    "Your provider's answer is not signed with its keys. Tell the owner of this Studio.",
  token_expired: "Your provider's answer came too late. Try again.",
  clocks_differ:
    "The clocks of your provider and this Studio differ by more than 90 seconds. Tell the owner of this Studio.",
  provider_invalid: "Your provider's answer could not be read. Tell the owner of this Studio.",
} as const

/** Reason for a refused single sign-on: `error` on the sign-in page, `reason` in the log. */
export type SingleSignOnRefusal = keyof typeof refusals

/** The message for `?error=` on the sign-in page; null without one. */
export function refusalWords(error: unknown): string | null {
  if (typeof error !== "string" || error === "") return null
  const known = Object.entries(refusals).find(([reason]) => reason === error)
  return known?.[1] ?? "Signing in there did not work. Try again."
}
