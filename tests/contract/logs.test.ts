import { afterAll, beforeAll, expect, test } from "vitest"

import { routes } from "#lib/http/routes.ts"
import { mintToken } from "#lib/tokens/token-format.ts"

import { exchange, type Answer, type CallOptions } from "../support/http.ts"
import { callTools, play, refuse, say, type ModelAction } from "../support/model-script.ts"
import { addToken } from "../support/people.ts"
import { testRedis } from "../support/redis.ts"
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts"
import { waitFor } from "../support/wait-for.ts"
import { openStage, type Stage } from "./stage.ts"

/** Secrets and message bodies that a test sends; no log may contain them. */
const canaries = {
  text: "canaryText7f3a",
  filename: "canaryFile7f3a.txt",
  password: "canaryPassword7f3a",
  email: "canary-mail-7f3a@studio.test",
  cookie: "canaryCookie7f3a",
  modelKey: "canaryModelKey7f3a",
  secret: "canarySecret7f3a".padEnd(40, "x"),
  code: "canaryCode7f3a",
  unknownToken: mintToken(),
}
/** A forged log entry. */
const forged = `{"level":60,"name":"studio","msg":"forged7f3a"}`

let stage: Stage
let postgres: TcpProxy
let redis: TcpProxy
/** The signed-in owner's session. */
let session: string
let revokedToken: string
let conversationId: string

beforeAll(async () => {
  redis = await startTcpProxy(testRedis().url)
  stage = await openStage("front", {
    through: async (url) => {
      postgres = await startTcpProxy(url)
      return postgres.url
    },
    environment: {
      LOG_LEVEL: "debug",
      REDIS_URL: redis.url,
      STUDIO_SECRET: canaries.secret,
      OPENAI_COMPATIBLE_API_KEY: canaries.modelKey,
    },
  })
  revokedToken = await addToken(stage.db, stage.ann, { scopes: ["user"], isRevoked: true })
  conversationId = await stage.createConversation()
})

afterAll(async () => {
  await stage?.close()
  await postgres?.close()
  await redis?.close()
})

const ownPage = () => ({ origin: stage.server.url, "sec-fetch-site": "same-origin" })

const account = (path: string, json: object, headers: Record<string, string> = {}) =>
  stage.call("POST", path, { token: undefined, json, headers: { ...ownPage(), ...headers } })

/** Requests that an endpoint refuses or might refuse. */
const ways: Record<string, () => CallOptions & { query?: string; id?: string }> = {
  "an unknown token": () => ({ token: canaries.unknownToken }),
  "a token that is over": () => ({ token: revokedToken }),
  Basic: () => ({
    headers: { authorization: `Basic ${btoa(`${stage.ann.token}:${canaries.password}`)}` },
  }),
  "a forged cookie": () => ({
    token: undefined,
    headers: { ...ownPage(), cookie: `studio_session=${canaries.cookie}.x` },
  }),
  "a session, from elsewhere": () => ({
    token: undefined,
    headers: { cookie: session, origin: "https://evil.example" },
    json: { text: canaries.text },
  }),
  "a token in the address": () => ({ query: `?token=${stage.ann.token}&q=${canaries.text}` }),
  "no JSON": () => ({
    headers: { "content-type": "application/json" },
    body: `{"text":"${canaries.text}","filename":"${canaries.filename}`,
  }),
  "fields of the wrong kind": () => ({ json: wrongFields() }),
  "a path of nonsense": () => ({ id: `%0a%1b%5b31m${stage.ann.token}` }),
  "a token in the path": () => ({ id: stage.ann.token }),
  "headers that forge a line": () => ({
    headers: {
      "user-agent": `\u009b31m${forged}`,
      "x-request-id": forged,
      "x-forwarded-for": `${forged}, ${canaries.text}`,
      "idempotency-key": canaries.text,
    },
  }),
}

function wrongFields(): object {
  const { text, filename } = canaries
  return {
    text: { [text]: 1 },
    title: [text],
    name: text.repeat(200),
    scopes: [text],
    role: text,
    email: canaries.email.repeat(100),
    agent_id: text,
    old_password: canaries.password,
    attachments: [{ filename, content_type: "text/plain", data_b64: text }],
  }
}

/** Fields accepted by most endpoints. */
function rightFields(): object {
  const { text, filename } = canaries
  return {
    text,
    title: text,
    name: text,
    slug: "canary",
    display_name: text,
    seq: 1,
    agent_id: stage.agentId,
    email: canaries.email,
    role: "member",
    scopes: ["agents:read"],
    attachments: [{ filename, content_type: "text/plain", data_b64: btoa(text) }],
  }
}

/**
 * Calls every endpoint except those that end only with the client, and the one that would end the
 * session of the other requests.
 */
async function askEverything(
  optionsOf: () => ReturnType<(typeof ways)[string]>,
): Promise<Answer[]> {
  const closing = routes.filter(({ path }) => !/\/(?:stream|sign-out)$/.test(path))
  const answers = await Promise.all(
    closing.map(async (route) => {
      const { query = "", id = conversationId, ...options } = optionsOf()
      const path = route.path.replaceAll(/\{\w+\}/g, id) + query
      const answer = stage.call(route.method, path, options)
      // A streamed export is cut off when it fails midway.
      return await (path.includes("/export") ? answer.catch(() => null) : answer)
    }),
  )
  return answers.filter((answer) => answer !== null)
}

const withSession = () => ({
  token: undefined,
  headers: { ...ownPage(), cookie: session },
  json: rightFields(),
})

test("the owner signs in; wrong passwords, codes and links fail", async () => {
  const owner = { name: "Owner", email: canaries.email, password: canaries.password }
  expect((await account("/api/setup", owner)).status).toBe(200)
  const signedIn = await account("/api/auth/sign-in/email", owner)
  session = String(signedIn.headers["set-cookie"]).split(";", 1)[0] ?? ""
  expect(session).toContain("studio_session=")
  const refused = await Promise.all([
    account("/api/setup", { ...owner, code: canaries.code }),
    account("/api/auth/sign-in/email", { ...owner, password: `${canaries.password}!` }),
    account("/api/auth/sign-up/email", owner),
    account("/api/invite", { secret: canaries.code, name: "x", password: canaries.password }),
    account("/api/reset", { secret: canaries.code, password: canaries.password }),
  ])
  expect(refused.map(({ status }) => status)).toEqual([403, 401, 404, 409, 409])
})

test.each(Object.entries(ways))("every endpoint is called with %s", async (_name, options) => {
  const statuses = (await askEverything(options)).map((answer) => answer.status)
  expect(statuses).not.toContain(500)
})

test("malformed HTTP and unknown pages are refused", async () => {
  const bearer = `Host: x\r\nAuthorization: Bearer ${stage.ann.token}\r\n`
  const protocol = `Sec-WebSocket-Protocol: hq-agent-browser.v1, hq-pat.${stage.ann.token}\r\n`
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\n`
  const answers = await Promise.all(
    [
      `GET /\u001b[31m${canaries.text}\r\n${forged}\n HTTP/1.1\r\n${bearer}\r\n`,
      `BREW /${canaries.text} HTTP/1.1\r\n${bearer}\r\n`,
      `GET /v1/agent-browser/connect HTTP/1.1\r\n${bearer}${upgrade}${protocol}\r\n`,
      `POST /${canaries.text} HTTP/1.1\r\n${bearer}Next-Action: ${canaries.code}\r\n\r\n`,
    ].map((bytes) => exchange(stage.server.url, bytes)),
  )
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual(["400", "400", "404", "405"])
})

const pages = () => [
  `/invite/${canaries.code}`,
  `/reset/${canaries.code}`,
  `/c/${canaries.text}%0d%0a%1b${encodeURIComponent(forged)}`,
  `/nowhere/${canaries.text}?token=${stage.ann.token}`,
  `/admin/conversations?q=${canaries.text}`,
]

const openPages = () =>
  Promise.all(
    pages().map((path) =>
      stage.call("GET", path, { token: undefined, headers: { cookie: session } }),
    ),
  )

test("models and tools fail", async () => {
  const failures: ModelAction[][] = [
    [refuse(401, { error: { message: `Incorrect API key: ${canaries.modelKey}` } })],
    [refuse(400, { error: { message: `${canaries.modelKey} \u001b[31m\r\n${forged}\n` } })],
    [say(canaries.text), { type: "cut" }],
    [{ type: "raw", data: `data: {"${canaries.text}\n\n` }],
    [play({ contentType: "text/html", pieces: [`<title>${canaries.modelKey}</title>`] })],
    [play(`data: {"error":"${canaries.modelKey} ${canaries.text}"}\n\n`)],
    [callTools({ name: "calculate", args: { expression: `${canaries.text}(` } })],
    [callTools({ name: "read_attachment", args: `{"${canaries.text}` })],
  ]
  stage.model.script((_number, { messages }) => {
    const asked = JSON.stringify(messages.findLast(({ role }) => role === "user")?.content)
    const actions = failures[Number(/failure (\d)/.exec(asked)?.[1])] ?? []
    return messages.at(-1)?.role === "tool" ? [say("done")] : actions
  })
  stage.model.models({ status: 500, pieces: [`${canaries.modelKey} ${forged}`] })
  expect((await stage.call("GET", "/v1/models")).status).toBe(200)
  const { filename } = canaries
  const attachments = [{ filename, content_type: "text/plain", data_b64: btoa(canaries.text) }]
  await Promise.all(
    failures.map(async (_actions, index) => {
      const id = await stage.createConversation()
      const text = `failure ${index} ${canaries.text}`
      expect((await stage.submit(id, text, { attachments })).status).toBe(202)
      await waitFor(
        async () => {
          const { json } = await stage.call("GET", `/v1/api/conversations/${id}`)
          return json["active_turn"] === null && (json["queue"] as unknown[]).length === 0
        },
        { timeoutMs: 20_000 },
      )
    }),
  )
})

test("missing pages are requested", async () => {
  const statuses = (await openPages()).map(({ status }) => status)
  expect(statuses).not.toContain(500)
})

test("a missing table causes a 500 without its reason", async () => {
  const sql = stage.db.$client
  const tables = ["conversations", "agents", "invitations"]
  for (const table of tables) await sql`alter table ${sql(table)} rename to ${sql(`no_${table}`)}`
  const answers = [
    ...(await askEverything(withSession)),
    ...(await askEverything(() => ({ json: rightFields() }))),
  ].filter(({ status }) => status === 500)
  await openPages()
  for (const table of tables) await sql`alter table ${sql(`no_${table}`)} rename to ${sql(table)}`
  expect(answers.length).toBeGreaterThan(10)
  for (const answer of answers) {
    expect(answer.json).toEqual({ error: "Something went wrong on our side.", code: "internal" })
  }
})

test("a database outage causes a 503 on every endpoint", async () => {
  postgres.cut()
  const owner = { name: "x", email: canaries.email, password: canaries.password }
  const answers = [
    ...(await askEverything(withSession)),
    ...(await askEverything(() => ({ json: rightFields() }))),
    await account("/api/auth/sign-in/email", owner),
    await account("/api/auth/sign-out", {}),
    await account("/api/setup", owner),
    await account("/api/invite", { ...owner, secret: canaries.code }),
    await account("/api/reset", { ...owner, secret: canaries.code }),
  ]
  await openPages()
  postgres.heal()
  const statuses = answers.map((answer) => answer.status)
  expect(statuses.filter((status) => status > 500)).not.toEqual([])
  expect(statuses.filter((status) => status === 500)).toEqual([])
})

test("the log contains none of the secrets, and every entry is genuine", () => {
  const all = stage.server.logs().split("\n")
  const lines = all.slice(all.findIndex((line) => line.startsWith("  Ready: ")) + 1)
  const said = lines.filter((line) => line !== "")
  expect(said.length).toBeGreaterThan(400)
  for (const line of said) {
    expect(JSON.parse(line)).toMatchObject({ name: "studio", msg: expect.any(String) })
    expect(JSON.parse(line).msg).not.toBe("forged7f3a")
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  }
  const [sessionSecret = ""] = decodeURIComponent(session.split("=")[1] ?? "").split(".")
  const secrets = [
    ...Object.values(canaries),
    stage.ann.token,
    revokedToken,
    session,
    sessionSecret,
    ...[stage.database.url, testRedis().url].map((url) => new URL(url).password),
  ].filter((secret) => secret !== "")
  const log = said.join("\n")
  for (const secret of secrets) {
    for (const form of [secret, btoa(secret).replace(/=+$/, ""), encodeURIComponent(secret)]) {
      expect(log.includes(form), `${form} is in the log`).toBe(false)
    }
  }
})
