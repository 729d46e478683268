import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

import { Provider } from "oidc-provider"

export interface OidcProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** Whether the provider marks e-mail addresses as verified. */
  confirmsMail: boolean
  /** Opens it to a Studio; before, it answers 503. */
  serve(redirectUri: string): void
  close(): Promise<void>
}

/**
 * An OpenID Connect provider with real pages, which accepts any login: the typed name becomes the
 * e-mail address.
 */
export async function startOidcProvider(): Promise<OidcProvider> {
  let answer: ReturnType<Provider["callback"]> | null = null
  const server = createServer((request, response) => {
    if (answer === null) response.writeHead(503).end()
    else void answer(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const client = { clientId: "studio", clientSecret: "only-for-tests-of-this-machine" }
  const provider: OidcProvider = {
    ...client,
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    confirmsMail: true,
    serve(redirectUri) {
      answer = createProvider(provider, redirectUri).callback()
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
  return provider
}

function createProvider(options: OidcProvider, redirectUri: string): Provider {
  return new Provider(options.issuer, {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["only for tests"] },
    // oxlint-disable-next-line require-await -- the library waits for it
    async findAccount(_context, accountId) {
      return {
        accountId,
        // oxlint-disable-next-line require-await -- the library waits for it
        claims: async () => ({
          sub: accountId,
          email: accountId,
          email_verified: options.confirmsMail,
          name: accountId.split("@", 1)[0] ?? "",
        }),
      }
    },
  })
}
