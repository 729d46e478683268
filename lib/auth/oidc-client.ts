import type * as OpenidClient from "openid-client"
import type { ClientAuth, Configuration } from "openid-client"

import { describeFailure, type DescribedFailure } from "./oidc-failure.ts"
import type { ProviderSettings } from "./single-sign-on.ts"

/** Timeout of each request to the provider: discovery, token, keys, userinfo. */
const questionSeconds = 4
/** Lifetime of the discovery document; the first sign-in after it waits for a refresh. */
const configurationMs = 10 * 60_000
/** Clocks of two machines differ by seconds, those of neglected ones by a minute. */
const clockToleranceSeconds = 90

/** State that binds the provider's answer to the browser that started the sign-in. */
export interface SignInAttempt {
  state: string
  nonce: string
  /** @see RFC 7636, "Proof Key for Code Exchange" */
  verifier: string
}

/** The person the provider has authenticated. */
export interface ProviderIdentity {
  /** The provider's immutable id of the person (`sub`). */
  subject: string
  /** From the ID token, else from the userinfo endpoint. */
  readEmail(): Promise<ProviderEmail | DescribedFailure>
}

interface ProviderEmail {
  /** As sent by the provider. */
  email: string | null
  isConfirmed: boolean
}

export interface OidcClient {
  /** @returns the provider's page to redirect to, or the reason for a failure */
  begin(redirectUri: URL): Promise<{ attempt: SignInAttempt; url: URL } | DescribedFailure>
  /** @param answer the redirect URI with the provider's parameters */
  finish(answer: URL, attempt: SignInAttempt): Promise<ProviderIdentity | DescribedFailure>
}

/** Loaded at the first single sign-on. */
type Library = typeof OpenidClient

/**
 * A relying party of one OpenID Connect provider: authorization code flow with PKCE, state and nonce.
 * Requires an ID token and verifies its signature, issuer, audience, nonce and times.
 * @see https://openid.net/specs/openid-connect-core-1_0.html "Authentication using the Authorization
 * Code Flow"
 */
export function createOidcClient(provider: ProviderSettings): OidcClient {
  let known: { configuration: Promise<Configuration>; untilMs: number } | null = null
  const configured = async (library: Library) => {
    const now = performance.now()
    if (known === null || known.untilMs <= now) {
      known = { configuration: discover(library, provider), untilMs: now + configurationMs }
    }
    const current = known
    try {
      return await current.configuration
    } catch (error) {
      if (known === current) known = null
      throw error
    }
  }
  return {
    async begin(redirectUri) {
      const library = await import("openid-client")
      try {
        return await begin(library, await configured(library), redirectUri)
      } catch (error) {
        return describeFailure(error)
      }
    },
    async finish(answer, attempt) {
      const library = await import("openid-client")
      try {
        return await identify(library, await configured(library), answer, attempt)
      } catch (error) {
        return describeFailure(error)
      }
    },
  }
}

async function discover(library: Library, provider: ProviderSettings): Promise<Configuration> {
  const { issuer, clientId, clientSecret } = provider
  const base = issuer.replace(/\/$/, "")
  const checks = [library.enableNonRepudiationChecks]
  // Only for loopback: settings reject every other plain-http issuer.
  if (base.startsWith("http://")) checks.push(library.allowInsecureRequests)
  const configuration = await library.discovery(
    new URL(`${base}/.well-known/openid-configuration`),
    clientId,
    { [library.clockTolerance]: clockToleranceSeconds },
    clientAuthentication(library, clientSecret),
    { timeout: questionSeconds, execute: checks },
  )
  const found = configuration.serverMetadata().issuer
  // The library skips this comparison when given the full discovery URL; a trailing slash does not
  // matter.
  if (found.replace(/\/$/, "") !== base) {
    throw new Error("the discovery names another issuer", { cause: { reason: "wrong_issuer" } })
  }
  return configuration
}

/**
 * The authentication method from the provider's discovery; Basic when it names none.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 * "token_endpoint_auth_methods_supported"
 */
function clientAuthentication(library: Library, secret: string): ClientAuth {
  return (server, ...rest) => {
    const said = server.token_endpoint_auth_methods_supported
    const methods = Array.isArray(said) && said.length > 0 ? said : ["client_secret_basic"]
    if (methods.includes("client_secret_basic")) {
      return library.ClientSecretBasic(secret)(server, ...rest)
    }
    if (methods.includes("client_secret_post")) {
      return library.ClientSecretPost(secret)(server, ...rest)
    }
    throw new Error("the provider takes no client secret", {
      cause: { reason: "client_auth_unsupported" },
    })
  }
}

async function begin(library: Library, configuration: Configuration, redirectUri: URL) {
  const attempt = {
    state: library.randomState(),
    nonce: library.randomNonce(),
    verifier: library.randomPKCECodeVerifier(),
  }
  const url = library.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri.href,
    scope: "openid email profile",
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await library.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: "S256",
  })
  return { attempt, url }
}

async function identify(
  library: Library,
  configuration: Configuration,
  answer: URL,
  { state, nonce, verifier }: SignInAttempt,
): Promise<ProviderIdentity> {
  const tokens = await library.authorizationCodeGrant(configuration, answer, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (claims === undefined) {
    throw new Error("there is no ID token", { cause: { reason: "no_id_token" } })
  }
  const { sub: subject } = claims
  const hasAll = "email" in claims || configuration.serverMetadata().userinfo_endpoint === undefined
  return {
    subject,
    async readEmail() {
      if (hasAll) return emailOf(claims)
      try {
        return emailOf(await library.fetchUserInfo(configuration, tokens.access_token, subject))
      } catch (error) {
        return describeFailure(error)
      }
    },
  }
}

function emailOf(claims: Readonly<Record<string, unknown>>): ProviderEmail {
  const { email, email_verified: confirmed } = claims
  return {
    email: typeof email === "string" && email !== "" ? email : null,
    isConfirmed: confirmed === true || confirmed === "true",
  }
}
