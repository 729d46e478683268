import { readFileSync } from "node:fs"
import { parseEnv } from "node:util"

import { z } from "zod"

import { parseTrustedProxies, type TrustedProxies } from "./trusted-proxies.ts"

const port = z.coerce.number().int().min(0).max(65535)
const perMinute = z.coerce.number().int().min(0).max(10_000_000)
const optionalText = z.string().optional()

const price = z.number().min(0)
const prices = z.record(z.string(), z.object({ input: price, output: price }))

function readJson(text: string | undefined, context: z.RefinementCtx): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    context.addIssue({ code: "custom", message: "must be JSON" })
    return z.NEVER
  }
}

function readTrustedProxies(text: string | undefined, context: z.RefinementCtx): TrustedProxies {
  const proxies = parseTrustedProxies(text ?? "0")
  if (proxies !== null) return proxies
  context.addIssue({ code: "custom", message: "must be a number, or addresses and networks" })
  return z.NEVER
}

function isLoopback(url: string): boolean {
  return /^http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(url)
}

/** Whoever can change its answers can be anybody here: never over a wire that others write to. */
function isIssuer(url: string): boolean {
  return isLoopback(url) || (URL.canParse(url) && new URL(url).protocol === "https:")
}

const shape = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
  DATABASE_URL: optionalText,
  REDIS_URL: optionalText,
  HOST: z.string().default("127.0.0.1"),
  PORT: port.default(3000),
  STUDIO_ROLE: z.enum(["all", "web", "driver"]).default("all"),
  STUDIO_MOUNT: z.enum(["front", "next"]).default("front"),
  STUDIO_DATA_DIR: z.string().default(".data"),
  STUDIO_BUILD_DIR: z.string().default(".next"),
  STUDIO_SECRET: optionalText,
  /** Where people reach the Studio, when a proxy stands before it. */
  STUDIO_PUBLIC_URL: optionalText,
  /** Single sign-on: an OpenID Connect issuer, and what it knows the Studio as. */
  STUDIO_OIDC_ISSUER: optionalText.refine((url) => url === undefined || isIssuer(url), {
    message: "must be an https address, or http on this machine",
  }),
  STUDIO_OIDC_CLIENT_ID: optionalText,
  STUDIO_OIDC_CLIENT_SECRET: optionalText,
  /** What the button says after "Continue with". */
  STUDIO_OIDC_NAME: z.string().max(40).default("single sign-on"),
  STUDIO_MODEL: optionalText,
  /** USD per million tokens, by model: {"openai/gpt-x":{"input":1.25,"output":10}}. */
  STUDIO_PRICES: optionalText.transform(readJson).pipe(prices.optional()),
  OPENAI_API_KEY: optionalText,
  /** Where OpenAI's and Anthropic's protocols are spoken: a gateway instead of the vendor. */
  OPENAI_BASE_URL: optionalText,
  ANTHROPIC_API_KEY: optionalText,
  ANTHROPIC_BASE_URL: optionalText,
  OPENAI_COMPATIBLE_BASE_URL: optionalText,
  OPENAI_COMPATIBLE_API_KEY: optionalText,
  /** Seconds until the first byte of a model's answer, all tries together. */
  STUDIO_FIRST_BYTE_SECONDS: z.coerce.number().min(1).max(300).default(300),
  /** Seconds between two bytes of a model's answer. */
  STUDIO_SILENCE_SECONDS: z.coerce.number().min(1).max(300).default(60),
  STUDIO_TURNS_PER_PROCESS: z.coerce.number().int().min(1).max(10_000).default(64),
  /** Seconds a driver may be silent before its turns are taken over. */
  STUDIO_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(15),
  /** `on`: an agent's model names new conversations, one small call each. */
  STUDIO_TITLES: z.enum(["on", "off"]).default("on"),
  /** Event streams one person may have open on one process. */
  STUDIO_STREAMS_PER_USER: z.coerce.number().int().min(1).max(1_000_000).default(50),
  /** So many a minute for a token or session, twice that for a person; 0 = no limit. */
  STUDIO_READS_PER_MINUTE: perMinute.default(6_000),
  STUDIO_WRITES_PER_MINUTE: perMinute.default(1_200),
  STUDIO_SUBMITS_PER_MINUTE: perMinute.default(600),
  STUDIO_MINTS_PER_MINUTE: perMinute.default(60),
  /** Requests without a valid credential, for an address; 0 = no limit. */
  STUDIO_GUESSES_PER_MINUTE: perMinute.default(100),
  /** Proxies before us: how many, or which addresses and networks. */
  STUDIO_TRUSTED_PROXIES: optionalText.transform(readTrustedProxies),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** For the `ask` script. */
  STUDIO_URL: optionalText,
  STUDIO_TOKEN: optionalText,
  /** Test only: named points at which a process kills itself, throws or waits. */
  STUDIO_FAILPOINTS: optionalText,
  /** Test only: gives agents the tool `count_visit`, which posts to this address of this machine. */
  STUDIO_TEST_TOOL_URL: optionalText.refine((url) => url === undefined || isLoopback(url), {
    message: "must be an http address of this machine",
  }),
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
 * Checks a set of variables. One that is empty or blank counts as not set, whatever it is for: that is
 * what `${NAME:-}` gives in a Compose file, and `NAME=` in `.env`.
 * @throws Error that names each variable at fault, never its value
 */
export function parseSettings(variables: Readonly<Record<string, string | undefined>>): Env {
  const result = shape.superRefine(requireWholeProvider).safeParse(withoutBlanks(variables))
  if (result.success) return Object.freeze(result.data)
  const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)
  throw new Error(`The environment is not usable.\n${faults.join("\n")}`)
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

/** Puts what `.env` says beside the environment, where that says nothing. */
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
