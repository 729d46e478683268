import { once } from "node:events"
import { createServer, type Server } from "node:net"

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { closeDatabase, openDatabase } from "#db/client.ts"
import { isMigrated, migrateDatabase } from "#db/migrate.ts"
import { alterations } from "#tests/support/database.ts"
import { startPostgres, type PrivatePostgres } from "#tests/support/private-postgres.ts"

/** The oldest supported version, with TLS and a Unix socket. */
let server: PrivatePostgres
/** Hangs up on any input, like a server without TLS. */
let other: Server

beforeAll(async () => {
  server = await startPostgres({ version: "oldest", hasTls: true })
  other = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1")
  await once(other, "listening")
})
afterAll(async () => {
  other.close()
  await server.stop()
})

/** Changes to the server's address; `host` may include a port. */
interface Change {
  host?: string
  login?: string
  database?: string
  query?: string
}

function urlWith({ host, login, database, query = "" }: Change): string {
  const { username, password, host: own, pathname } = new URL(server.url)
  const name = database ?? pathname.slice(1)
  return `postgres://${login ?? `${username}:${password}`}@${host ?? own}/${name}${query}`
}

const portOf = (url: string) => new URL(url).port

async function refusal(url: string): Promise<string> {
  const failure = await migrateDatabase(url).then(
    () => new Error("it was taken"),
    (error: unknown) => error,
  )
  if (!(failure instanceof Error) || failure.constructor !== Error) throw failure
  return failure.message
}

async function onServer(...statements: string[]): Promise<void> {
  const db = openDatabase({ url: server.url, connectionsMax: 1, name: "test-admin" })
  try {
    for (const statement of statements) await db.$client.unsafe(statement)
  } finally {
    await closeDatabase(db)
  }
}

async function valueOf(url: string, expression: string): Promise<unknown> {
  const db = openDatabase({ url, connectionsMax: 1, name: "test-look" })
  try {
    const [row] = await db.$client.unsafe(`select ${expression} as value`)
    return row?.["value"]
  } finally {
    await closeDatabase(db)
  }
}

describe("a database problem is reported in one sentence", () => {
  test.each<[string, () => Change, RegExp]>([
    ["nothing there", () => ({ host: "127.0.0.1:1" }), /does not answer at 127\.0\.0\.1:1\. Start/],
    [
      "an unknown host",
      () => ({ host: "nowhere.invalid" }),
      /host in DATABASE_URL is not known: now/,
    ],
    ["no PostgreSQL", () => ({ host: `127.0.0.1:${portOfOther()}` }), /is no PostgreSQL, or does/],
    ["a wrong password", () => ({ login: "studio:x" }), /refuses the user or the password/],
    ["an unknown user", () => ({ login: "nobody:x" }), /refuses the user or the password/],
    [
      "an unknown database",
      () => ({ database: "nothing%20here" }),
      /does not exist.*"nothing here"/,
    ],
    [
      "a certificate of its own",
      () => ({ query: "?sslmode=verify-full" }),
      /is not trusted \(DEPTH_Z/,
    ],
    [
      "another one's certificate",
      () => ({ query: `?sslmode=verify-full&sslrootcert=${server.folder}/cert.pem` }),
      /is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    ],
    [
      "no such setting",
      () => ({ query: "?options=-c%20nothing%3D1" }),
      /refuses it \(42704\): \(unrecognized conf/,
    ],
    [
      "no such socket",
      () => ({ host: "", query: "?host=/nowhere" }),
      /no socket of PostgreSQL at \/nowhere\/\.s\.PGSQL\.5432/,
    ],
  ])("%s", async (_name, change, sentence) => {
    const message = await refusal(urlWith(change()))
    expect(message).toMatch(sentence)
    expect(message).not.toContain("\n")
    expect(message).not.toContain(new URL(server.url).password)
  })

  test.each([
    ["LATIN1", "LC_COLLATE 'C' LC_CTYPE 'C'", /has the encoding LATIN1/],
    ["SQL_ASCII", "LC_COLLATE 'C' LC_CTYPE 'C'", /has the encoding SQL_ASCII/],
  ])("an encoding %s", async (encoding, locale, sentence) => {
    const name = `odd_${encoding.toLowerCase()}`
    await onServer(`create database ${name} encoding '${encoding}' ${locale} template template0`)
    expect(await refusal(urlWith({ database: name }))).toMatch(sentence)
  })

  test("a role without the right to create tables, and one without a free connection", async () => {
    await onServer(
      "create role poor login password 'poor'",
      "create role lonely login password 'lonely' connection limit 0",
      "create database closed",
    )
    const poor = await refusal(urlWith({ login: "poor:poor", database: "closed" }))
    expect(poor).toMatch(/lacks a right; it needs GRANT USAGE, CREATE ON SCHEMA public/)
    const lonely = await refusal(urlWith({ login: "lonely:lonely", database: "closed" }))
    expect(lonely).toMatch(/has no connection left for the role/)
  })
})

describe("the start accepts", () => {
  test("a role that can only create tables in public, whatever its own schema and settings", async () => {
    await onServer(
      "create role plain login password 'p#ä%'",
      'create database "my studio"',
      ...alterations('"my studio"'),
      'alter role plain in database "my studio" set search_path to plain',
    )
    const admin = urlWith({ database: "my%20studio" })
    await valueOf(
      admin,
      `1; create schema plain authorization plain; grant create on schema public to plain;
      create schema extras; grant usage on schema extras to plain;
      create extension pg_trgm schema extras; create extension btree_gin; select 1`,
    )
    const url = urlWith({ login: `plain:${encodeURIComponent("p#ä%")}`, database: "my%20studio" })
    await Promise.all([migrateDatabase(url), migrateDatabase(url)])
    expect(await valueOf(url, "to_regclass('public.turns') is not null")).toBe(true)
    expect(await valueOf(url, "has_database_privilege(current_database(), 'create')")).toBe(false)
    const db = openDatabase({ url, connectionsMax: 1, name: "test-look" })
    expect(await isMigrated(db)).toBe(true)
    await closeDatabase(db)
  })

  test("an installation whose migrations are recorded in the schema drizzle", async () => {
    await onServer("create database older")
    const url = urlWith({ database: "older" })
    await migrateDatabase(url)
    await valueOf(
      url,
      "1; create schema drizzle; alter table __drizzle_migrations set schema drizzle; select 1",
    )
    await migrateDatabase(url)
    expect(await valueOf(url, "to_regclass('public.__drizzle_migrations') is null")).toBe(true)
    const db = openDatabase({ url, connectionsMax: 1, name: "test-look" })
    expect(await isMigrated(db)).toBe(true)
    await closeDatabase(db)
  })

  test.each([
    ["?sslmode=require", true],
    ["?sslmode=no-verify", true],
    ["?sslmode=prefer", true],
    ["?sslmode=disable", false],
    ["", false],
  ])("required encryption: %j", async (query, isEncrypted) => {
    const ssl = "(select ssl from pg_stat_ssl where pid = pg_backend_pid())"
    expect(await valueOf(urlWith({ query }), ssl)).toBe(isEncrypted)
  })

  test("a certificate with a configured authority, checked with and without host name", async () => {
    const root = `sslrootcert=${server.folder}/cert.pem`
    const host = `localhost:${portOf(server.url)}`
    const full = urlWith({ host, query: `?sslmode=verify-full&${root}` })
    expect(await valueOf(full, "1")).toBe(1)
    expect(await valueOf(urlWith({ query: `?sslmode=verify-ca&${root}` }), "1")).toBe(1)
  })

  test("a Unix socket, and the writable host among several", async () => {
    const socket = `?host=${server.folder}&port=${portOf(server.url)}`
    expect(await valueOf(urlWith({ host: "", query: socket }), "inet_client_addr() is null")).toBe(
      true,
    )
    const own = new URL(server.url).host
    const several = { host: `127.0.0.1:1,${own}`, query: "?target_session_attrs=read-write" }
    const db = openDatabase({ url: urlWith(several), connectionsMax: 1, name: "test-hosts" })
    // The first host does not answer; the retry uses the other.
    await db.$client`select 1`.catch(() => {})
    expect(await db.$client`select 1 as one`).toEqual([{ one: 1 }])
    await closeDatabase(db)
  })
})

function portOfOther(): number {
  const address = other.address()
  return typeof address === "object" && address !== null ? address.port : 0
}
