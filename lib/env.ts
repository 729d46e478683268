import { readFileSync } from "node:fs"
import { parseEnv } from "node:util"

import { z } from "zod"

import { parseTrustedProxies } from "#lib/addresses/trusted-proxies.ts"

import { readDatabaseAddress } from "./settings/database-address.ts"
import {
  apiKey,
  choice,
  clientCredential,
  decimal,
  host,
  text,
  wholeNumber,
} from "./settings/kinds.ts"
import { setting } from "./settings/reading.ts"
import { redisUrl } from "./settings/redis-address.ts"
import { baseUrl, issuer, loopbackUrl, publicUrl } from "./settings/web-address.ts"

const perMinute = wholeNumber(0, 10_000_000)
const anyText = text(1_000)

const price = z.number().min(0)
const prices = z.record(z.string(), z.object({ input: price, output: price }))

/** Kept as written; `db/client.ts` parses it again. */
const databaseUrl = setting((value) => {
  const address = readDatabaseAddress(value)
  return "fault" in address ? address : { value }
})

const trustedProxies = setting((value) => {
  const proxies = parseTrustedProxies(value)
  return proxies === null
    ? { fault: "must be a number, or addresses and networks like 10.0.0.0/8" }
    : { value: proxies }
})

/** Any characters: it is only used to sign. */
const secret = z.string().min(32, "must have at least 32 characters: openssl rand -base64 32")

/** May contain line breaks, unlike other settings. */
const priceList = z.string().transform((value, context) => {
  const result = prices.safeParse(parseJson(value))
  if (result.success) return result.data
  const like = '{"openai/gpt-x":{"input":1.25,"output":10}}'
  context.addIssue({ code: "custom", message: `must be USD per million tokens as JSON: ${like}` })
  return z.NEVER
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

const fileGibDefault = 100

const shape = z.object({
  NODE_ENV: choice(["development", "production", "test"]).default("development"),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  HOST: host.default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(3000),
  STUDIO_ROLE: choice(["all", "web", "driver"]).default("all"),
  STUDIO_MOUNT: choice(["front", "next"]).default("front"),
  STUDIO_DATA_DIR: anyText.default(".data"),
  STUDIO_BUILD_DIR: anyText.default(".next"),
  STUDIO_SECRET: secret.optional(),
  /** Signs the heads of audit chains; `audit:resign` needs the previous one. */
  STUDIO_AUDIT_SECRET: secret.optional(),
  STUDIO_AUDIT_SECRET_BEFORE: secret.optional(),
  /** The public address, when the Studio runs behind a proxy. */
  STUDIO_PUBLIC_URL: publicUrl.optional(),
  /** Single sign-on: an OpenID Connect issuer and the Studio's client credentials there. */
  STUDIO_OIDC_ISSUER: issuer.optional(),
  STUDIO_OIDC_CLIENT_ID: clientCredential.optional(),
  STUDIO_OIDC_CLIENT_SECRET: clientCredential.optional(),
  /** The provider's name on the button: "Continue with …". */
  STUDIO_OIDC_NAME: text(40).default("single sign-on"),
  STUDIO_MODEL: anyText.optional(),
  /** USD per million tokens, by model: {"openai/gpt-x":{"input":1.25,"output":10}}. */
  STUDIO_PRICES: priceList.optional(),
  OPENAI_API_KEY: apiKey.optional(),
  /** Base URLs of the OpenAI and Anthropic APIs: a gateway instead of the vendor. */
  OPENAI_BASE_URL: baseUrl.optional(),
  ANTHROPIC_API_KEY: apiKey.optional(),
  ANTHROPIC_BASE_URL: baseUrl.optional(),
  OPENAI_COMPATIBLE_BASE_URL: baseUrl.optional(),
  OPENAI_COMPATIBLE_API_KEY: apiKey.optional(),
  /** Seconds until the first byte of a model's answer, over all retries. */
  STUDIO_FIRST_BYTE_SECONDS: decimal(1, 300).default(300),
  /** Maximum seconds between two bytes of a model's answer. */
  STUDIO_SILENCE_SECONDS: decimal(1, 300).default(60),
  STUDIO_TURNS_PER_PROCESS: wholeNumber(1, 10_000).default(64),
  /** Lease of a driver: seconds without a heartbeat before another driver takes over its turns. */
  STUDIO_LEASE_SECONDS: decimal(1, 600).default(15),
  /** `on`: the agent's model names new conversations, one small call each. */
  STUDIO_TITLES: choice(["on", "off"]).default("on"),
  /** Maximum number of event streams per person and process. */
  STUDIO_STREAMS_PER_USER: wholeNumber(1, 1_000_000).default(50),
  /** Storage quota for a tenant's files; 0 = the default. */
  STUDIO_FILE_GIB_PER_TENANT: wholeNumber(0, 1_000_000)
    .transform((gibibytes) => (gibibytes === 0 ? fileGibDefault : gibibytes))
    .default(fileGibDefault),
  /** Requests a minute per token or session, twice that per person; 0 = no limit. */
  STUDIO_READS_PER_MINUTE: perMinute.default(6_000),
  STUDIO_WRITES_PER_MINUTE: perMinute.default(1_200),
  STUDIO_SUBMITS_PER_MINUTE: perMinute.default(600),
  STUDIO_MINTS_PER_MINUTE: perMinute.default(60),
  /** Requests a minute without a valid credential, per address; 0 = no limit. */
  STUDIO_GUESSES_PER_MINUTE: perMinute.default(100),
  /** Trusted proxies in front of the Studio: a count, or addresses and networks. */
  STUDIO_TRUSTED_PROXIES: trustedProxies.default({ kind: "count", count: 0 }),
  LOG_LEVEL: choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** For the `ask` script. */
  STUDIO_URL: publicUrl.optional(),
  STUDIO_TOKEN: apiKey.optional(),
  /** Test only: named points where a process kills itself, throws or waits. */
  STUDIO_FAILPOINTS: anyText.optional(),
  /** Test only: gives agents the tool `count_visit`, which posts to this loopback address. */
  STUDIO_TEST_TOOL_URL: loopbackUrl.optional(),
})

export type Env = Readonly<z.infer<typeof shape>>

function requireWholeProvider(values: Env, context: z.RefinementCtx): void {
  if (values.STUDIO_OIDC_ISSUER === undefined) return
  for (const name of ["STUDIO_OIDC_CLIENT_ID", "STUDIO_OIDC_CLIENT_SECRET"] as const) {
    if (values[name] !== undefined) continue
    context.addIssue({ code: "custom", path: [name], message: "is needed with STUDIO_OIDC_ISSUER" })
  }
}

let parsed: Env | undefined

/**
 * The configuration, read once from `.env` and the environment (which wins).
 * @throws Error that names each variable at fault, never its value
 */
export function env(): Env {
  if (parsed === undefined) {
    loadFile()
    parsed = parseSettings(process.env)
  }
  return parsed
}

/**
 * Validates a set of variables. An empty or blank variable counts as not set: `${NAME:-}` in a Compose
 * file and `NAME=` in `.env` both produce one.
 * @throws Error that names each variable at fault, never its value
 */
export function parseSettings(variables: Readonly<Record<string, string | undefined>>): Env {
  const result = shape.superRefine(requireWholeProvider).safeParse(withoutBlanks(variables))
  if (result.success) return Object.freeze(result.data)
  const faults = result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}.`)
  throw new Error(faults.join("\n"))
}

function withoutBlanks(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(shape.shape)) {
    const text = variables[name]?.trim() ?? ""
    if (text !== "") given[name] = text
  }
  return given
}

/** Adds the variables of `.env` that the environment does not set. */
function loadFile(): void {
  let text: string
  try {
    text = readFileSync(".env", "utf8")
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error
    if (error.code === "ENOENT") return
    throw new Error(`The file .env cannot be read (${String(error.code)}).`, { cause: error })
  }
  for (const [name, value] of Object.entries(parseEnv(text.replace(/^\uFEFF/, "")))) {
    if ((process.env[name] ?? "").trim() === "") process.env[name] = value
  }
}
