import { createHash, createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

type Claims = Record<string, unknown>

/** The provider's next responses, each with the deviation under test. */
export interface ProviderScript {
  /** Undefined values omit a claim or a field. */
  claims: Claims
  header: Claims
  signedBy: "own" | "other" | "secret" | "public key" | "nobody"
  /** False omits the ID token from the token response. */
  hasIdToken: boolean
  userInfo: Claims | null
  tokenAnswer: { status: number; body: string } | null
  discovery: Claims
}

export interface HandMadeProvider {
  issuer: string
  script: ProviderScript
  /** Details of the last token request. */
  asked: { authorization: string | undefined; body: URLSearchParams; isPkceRight: boolean }
  /** The callback parameters for an address to which the Studio redirected. */
  answerTo(authorizationUrl: string): URLSearchParams
  reset(): void
  close(): Promise<void>
}

export const client = { id: "the studio", secret: "s+cr t%:é&=" }

/** An OpenID Connect provider that responds exactly as scripted, correctly or not. */
export async function startHandMadeProvider(): Promise<HandMadeProvider> {
  const keys = { own: newKey(), other: newKey() }
  let asked: { nonce: string; challenge: string } = { nonce: "", challenge: "" }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: HandMadeProvider = {
    issuer,
    script: usual(),
    asked: { authorization: undefined, body: new URLSearchParams(), isPkceRight: false },
    answerTo(authorizationUrl) {
      const { searchParams } = new URL(authorizationUrl)
      const of = (name: string) => searchParams.get(name) ?? ""
      asked = { nonce: of("nonce"), challenge: of("code_challenge") }
      return new URLSearchParams({ code: "a-code", state: of("state") })
    },
    reset: () => void (provider.script = usual()),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { script } = provider
    const path = new URL(request.url ?? "", issuer).pathname
    if (path === "/.well-known/openid-configuration") {
      return send(response, 200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/me`,
        jwks_uri: `${issuer}/keys`,
        ...script.discovery,
      })
    }
    if (path === "/keys") return send(response, 200, { keys: [publicJwk(keys.own.publicKey)] })
    if (path === "/me") return send(response, script.userInfo === null ? 500 : 200, script.userInfo)
    if (path !== "/token") return send(response, 404, {})
    const body = new URLSearchParams(await textOf(request))
    const challenge = createHash("sha256").update(body.get("code_verifier") ?? "")
    provider.asked = {
      authorization: request.headers.authorization,
      body,
      isPkceRight: challenge.digest("base64url") === asked.challenge,
    }
    if (script.tokenAnswer !== null) {
      const { status, body: text } = script.tokenAnswer
      return void response.writeHead(status, { "content-type": "application/json" }).end(text)
    }
    const idToken = script.hasIdToken ? makeIdToken(script) : undefined
    send(response, 200, {
      access_token: "an-access-token",
      token_type: "Bearer",
      id_token: idToken,
    })
  }

  function makeIdToken({ claims, header, signedBy }: ProviderScript): string {
    const now = Math.floor(Date.now() / 1000)
    const payload = { iss: issuer, aud: client.id, iat: now, exp: now + 300, nonce: asked.nonce }
    const head = encode({ alg: "RS256", kid: "own", ...header })
    const text = `${head}.${encode({ ...payload, ...claims })}`
    const { own, other } = keys
    const pem = own.publicKey.export({ type: "spki", format: "pem" })
    const hmacOf = (secret: string | Buffer) => createHmac("sha256", secret).update(text).digest()
    const rsaOf = ({ privateKey }: { privateKey: KeyObject }) =>
      sign("sha256", Buffer.from(text), privateKey)
    const signature = {
      own: () => rsaOf(own),
      other: () => rsaOf(other),
      secret: () => hmacOf(client.secret),
      "public key": () => hmacOf(pem),
      nobody: () => Buffer.alloc(0),
    }[signedBy]()
    return `${text}.${signature.toString("base64url")}`
  }

  return provider
}

function usual(): ProviderScript {
  return {
    claims: {},
    header: {},
    signedBy: "own",
    hasIdToken: true,
    userInfo: null,
    tokenAnswer: null,
    discovery: {},
  }
}

function newKey() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 })
}

function publicJwk(key: KeyObject): object {
  return { ...key.export({ format: "jwk" }), kid: "own", use: "sig", alg: "RS256" }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url")
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text
}

function send(response: ServerResponse, status: number, body: object | null): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
