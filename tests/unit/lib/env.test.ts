import { readFileSync } from "node:fs"

import { describe, expect, test } from "vitest"

import { parseSettings } from "#lib/env.ts"

/** Every variable that the Studio reads. */
const names = [...readFileSync("lib/env.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(
  (match) => match[1] ?? "",
)
const defaults = parseSettings({})
const blanks = ["", " ", "\t", "\r\n", "\u00a0", "\ufeff"]
const secret = "hunter2-hunter2"

const usable: Record<string, readonly (readonly [given: string, read: unknown])[]> = {
  NODE_ENV: [["production", "production"]],
  DATABASE_URL: [["postgres://u:p@h/d", "postgres://u:p@h/d"]],
  REDIS_URL: [
    [" redis://:p%23@h:6379/3 ", "redis://:p%23@h:6379/3"],
    ["rediss://u:p@h/?family=6", "rediss://u:p@h/?family=6"],
    ["/run/redis.sock", "/run/redis.sock"],
  ],
  HOST: [
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "::1"],
    ["my_host.lan", "my_host.lan"],
  ],
  PORT: [["0", 0]],
  STUDIO_ROLE: [["web", "web"]],
  STUDIO_MOUNT: [["next", "next"]],
  STUDIO_DATA_DIR: [["/var/lib/my studio", "/var/lib/my studio"]],
  STUDIO_BUILD_DIR: [["build", "build"]],
  STUDIO_SECRET: [["ä".repeat(32), "ä".repeat(32)]],
  STUDIO_AUDIT_SECRET: [["ä".repeat(32), "ä".repeat(32)]],
  STUDIO_AUDIT_SECRET_BEFORE: [["ä".repeat(32), "ä".repeat(32)]],
  STUDIO_PUBLIC_URL: [
    ["https://Chat.Example.com/", "https://chat.example.com"],
    ["HTTP://h:80//", "http://h"],
  ],
  STUDIO_OIDC_NAME: [["Acme's login", "Acme's login"]],
  STUDIO_MODEL: [["openai/gpt-x", "openai/gpt-x"]],
  STUDIO_PRICES: [['{"a/b":\n{"input":1,"output":2}}', { "a/b": { input: 1, output: 2 } }]],
  OPENAI_API_KEY: [["sk-proj_A.b=", "sk-proj_A.b="]],
  ANTHROPIC_API_KEY: [["sk-ant-1", "sk-ant-1"]],
  OPENAI_BASE_URL: [["https://h//v1//", "https://h/v1"]],
  ANTHROPIC_BASE_URL: [["https://h", "https://h"]],
  OPENAI_COMPATIBLE_BASE_URL: [
    ["http://127.0.0.1:11434/v1///", "http://127.0.0.1:11434/v1"],
    ["HTTPS://H/a%20b/v1", "https://h/a%20b/v1"],
    ["http://[::1]:1/v1", "http://[::1]:1/v1"],
  ],
  OPENAI_COMPATIBLE_API_KEY: [["none", "none"]],
  STUDIO_LEASE_SECONDS: [["1.5", 1.5]],
  STUDIO_TITLES: [["off", "off"]],
  STUDIO_TRUSTED_PROXIES: [["2", { kind: "count", count: 2 }]],
  LOG_LEVEL: [["silent", "silent"]],
  STUDIO_URL: [["http://127.0.0.1:3000/", "http://127.0.0.1:3000"]],
  STUDIO_TOKEN: [["hq_pat_x", "hq_pat_x"]],
  STUDIO_FAILPOINTS: [["a=kill", "a=kill"]],
  STUDIO_TEST_TOOL_URL: [["http://127.0.0.1:1/count", "http://127.0.0.1:1/count"]],
}

const webAddresses = [
  ["chat.test", "must begin with http:// or https://"],
  ["127.0.0.1:1/v1", "must begin with http:// or https://"],
  ["ftp://h", "must begin with http:// or https://"],
  ["javascript:alert(1)", "must begin with http:// or https://"],
  ["https://a,https://b", "must be one address"],
  ["https://a https://b", "must be one address"],
  ["https://", "cannot be read"],
  ["https:///v1", "cannot be read"],
  ["https://h:99999", "cannot be read"],
  ["https://a..%00b", "cannot be read"],
  [`https://u:${secret}@h`, "must not have a user or a password in it"],
  ["https://h?api-version=1", "must not have a query"],
  ["https://h/?", "must not have a query"],
  ["https://h#a", "must not have a fragment"],
  ["“https://h”", "is in quotes"],
  ["'https://h'", "is in quotes"],
  ["https://h\nhttps://i", "has a line break"],
] as const
const numbers = [
  "-1",
  "1e3",
  "0x10",
  "Infinity",
  "NaN",
  "1,5",
  "٣",
  "ten",
  "1 2",
  "99999999999999999",
]
const wholeNumbers = [...numbers, "1.5"].map((given) => [given, "must be a whole number"] as const)
const decimals = [...numbers, "0", "601", "1.", ".5"].map(
  (given) => [given, "must be a number from 1 to"] as const,
)
const keys = [
  ["“sk-1”", "is in quotes"],
  ['"sk-1"', "is in quotes"],
  ["sk-1”", "must be the key alone"],
  ["sk-1\nsk-2", "has a line break"],
  ["Bearer sk-1", "must be the key alone"],
  ["sk-1\u00a0x", "must be the key alone"],
  ["sk-ключ", "must be the key alone"],
] as const

const unusable: Record<string, readonly (readonly [given: string, fault: string])[]> = {
  NODE_ENV: [["staging", "must be development, production or test"]],
  DATABASE_URL: [
    ["mysql://h/d", "must begin with postgres:// or postgresql://"],
    ['"postgres://h/d"', "is in quotes"],
  ],
  REDIS_URL: [
    ["redis://h/foo", "must have the number of a database"],
    ["redis://h/0/1", "must have the number of a database"],
    ["h:6379", "must begin with redis://"],
    ["http://h", "must begin with redis://"],
    [`redis://:${secret}#@h`, "has a # in it"],
    [`redis://:${secret}%@h`, "has a % in it"],
    [`redis://:${secret}%ff@h`, "has a % in it"],
    [`redis://:a/${secret}@h`, "cannot be read"],
    ["redis://a:1,b:2", "cannot be read"],
    ["redis://a,redis://b", "must be one address"],
    ["redis:///0", "names no host"],
    ["redis://h%ff", "has a % in it"],
    [`redis://u?x=${secret}@h`, "cannot be read"],
    ["redis://h?enableOfflineQueue=true", "has a parameter that is not known: enableOfflineQueue"],
  ],
  HOST: [
    ["http://h", "must be a name or an address alone"],
    ["127.0.0.1:3000", "must be a name or an address alone"],
    ["[::1]", "must be a name or an address alone"],
    ["a b", "must be a name or an address alone"],
    ['"0.0.0.0"', "is in quotes"],
  ],
  PORT: [...wholeNumbers, ["65536", "must be a whole number from 0 to 65535"]],
  STUDIO_ROLE: [["driver,web", "must be all, web or driver"]],
  STUDIO_MOUNT: [["Front", "must be front or next"]],
  STUDIO_DATA_DIR: [
    ['"/data"', "is in quotes"],
    ["x".repeat(5_000), "must have at most"],
  ],
  STUDIO_BUILD_DIR: [["a\u0007b", "has a line break or another control character"]],
  STUDIO_SECRET: [["abc", "must have at least 32 characters"]],
  STUDIO_AUDIT_SECRET: [["abc", "must have at least 32 characters"]],
  STUDIO_AUDIT_SECRET_BEFORE: [["abc", "must have at least 32 characters"]],
  STUDIO_PUBLIC_URL: [...webAddresses, ["https://h/sub", "must not have a path"]],
  STUDIO_OIDC_ISSUER: [...webAddresses, ["http://login.example.com", "must begin with https://"]],
  STUDIO_OIDC_CLIENT_ID: [["студия", "must be as the provider gave it"]],
  STUDIO_OIDC_CLIENT_SECRET: [["“a”b", "must be as the provider gave it"]],
  STUDIO_OIDC_NAME: [["x".repeat(41), "must have at most 40 characters"]],
  STUDIO_MODEL: [["'openai/x'", "is in quotes"]],
  STUDIO_PRICES: ["x", "[]", "1", '{"a":{"input":-1,"output":1}}', '{"a":{"input":"1"}}'].map(
    (given) => [given, "must be USD per million tokens as JSON"] as const,
  ),
  OPENAI_API_KEY: keys,
  ANTHROPIC_API_KEY: keys,
  OPENAI_COMPATIBLE_API_KEY: keys,
  OPENAI_BASE_URL: webAddresses,
  ANTHROPIC_BASE_URL: [...webAddresses, ["https://h/v1/messages", "must end before /messages"]],
  OPENAI_COMPATIBLE_BASE_URL: [
    ...webAddresses,
    ["http://h/v1/chat/completions", "must end before /chat/completions"],
  ],
  STUDIO_FIRST_BYTE_SECONDS: decimals,
  STUDIO_SILENCE_SECONDS: decimals,
  STUDIO_LEASE_SECONDS: decimals,
  STUDIO_TITLES: [["true", "must be on or off"]],
  STUDIO_TRUSTED_PROXIES: [["nginx", "must be a number, or addresses and networks"]],
  LOG_LEVEL: [["verbose", "must be trace, debug"]],
  STUDIO_URL: [...webAddresses, ["https://h/v1", "must not have a path"]],
  STUDIO_TOKEN: keys,
  STUDIO_TEST_TOOL_URL: [...webAddresses, ["http://10.0.0.1/", "must be an http address of this"]],
}

describe.each(names)("%s", (name) => {
  /** Single sign-on needs its three variables together. */
  const others =
    name === "STUDIO_OIDC_ISSUER"
      ? { STUDIO_OIDC_CLIENT_ID: "a", STUDIO_OIDC_CLIENT_SECRET: "b" }
      : {}
  const read = (given: string) => parseSettings({ [name]: given, ...others })
  const isCount =
    typeof Object.entries(defaults).find(([known]) => known === name)?.[1] === "number"
  const faults = unusable[name] ?? (isCount ? wholeNumbers : [])

  test("counts as unset when empty or blank", () => {
    for (const blank of blanks) expect(parseSettings({ [name]: blank })).toEqual(defaults)
  })

  test.each(usable[name] ?? [])("accepts %j", (given, value) => {
    expect(read(given)).toMatchObject({ [name]: value })
  })

  test.each(faults)("refuses %j in a sentence", (given, fault) => {
    const message = refusalOf(() => read(given))
    expect(message).toContain(`${name} ${fault}`)
    expect(message).toMatch(/^[A-Z_]+ .*\.$/)
    expect(message).not.toContain(secret)
  })

  test("is refused with a sentence that names it and never shows its value", () => {
    const absurd = [
      secret,
      `"${secret}"`,
      `${secret}\n`,
      `\u0000${secret}`,
      `${secret}://${secret}`,
    ]
    for (const given of [
      ...absurd,
      `https://${secret}@${secret}?${secret}#`,
      secret.repeat(9_999),
    ]) {
      const message = refusalOf(() => read(given))
      if (message === null) continue
      expect(message).toMatch(new RegExp(`^${name} [^\\n]*\\.$`))
      expect(message).not.toContain(secret)
    }
  })
})

test("every variable has accepted or refused values", () => {
  const told = new Set([...Object.keys(usable), ...Object.keys(unusable)])
  const rest = names.filter((name) => !told.has(name) && !/_PER_|_SECONDS$/.test(name))
  expect(rest).toEqual([])
})

test("all variables may be empty at once, and all invalid ones are named at once", () => {
  expect(parseSettings(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(defaults)
  const message = refusalOf(() => parseSettings({ PORT: "x", HOST: "a b" }))
  expect(message).toMatch(/^HOST .*\.\nPORT .*\.$/)
})

test("an issuer requires the client's id and secret", () => {
  const message = refusalOf(() => parseSettings({ STUDIO_OIDC_ISSUER: "https://login.test/" }))
  expect(message).toBe(
    "STUDIO_OIDC_CLIENT_ID is needed with STUDIO_OIDC_ISSUER.\nSTUDIO_OIDC_CLIENT_SECRET is needed with STUDIO_OIDC_ISSUER.",
  )
})

function refusalOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    return error.message
  }
}
