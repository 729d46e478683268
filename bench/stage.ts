import { existsSync } from "node:fs"
import { copyFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { migrateDatabase } from "#db/migrate.ts"
import { seedInstallation } from "#lib/agents/seed.ts"
import { newId } from "#lib/ids.ts"
import { issueToken } from "#lib/tokens/issue-token.ts"
import { ensureBuild, testBuildDir } from "#tests/support/build.ts"
import { startPostgres } from "#tests/support/private-postgres.ts"
import { startRedis } from "#tests/support/private-redis.ts"

import { Child } from "./child.ts"
import type { Contestant } from "./contestant.ts"

const root = path.join(import.meta.dirname, "..")

/**
 * The services all contestants share, and functions that start each contestant on its own database.
 */
export interface Stage {
  model: Child
  /** Starts the product on a fresh database with that many conversations. */
  startProduct(options?: ProductOptions): Promise<Product>
  /** Starts a second process on another product's database. */
  joinProduct(product: Product, options?: ProductOptions): Promise<Product>
  startFloor(name: FloorName, turnsMax?: number): Promise<Floor>
  /** Restarts a killed floor on its existing data. */
  restartFloor(floor: Floor): Promise<Floor>
  close(): Promise<void>
}

type FloorName = "floor" | "floorlog" | "floorpg"

interface ProductOptions {
  conversations?: number
  turnsMax?: number
  /** Checkout to run, for comparing two versions. */
  folder?: string
  name?: string
}

export interface Product extends Contestant {
  db: Database
  databaseUrl: string
  token: string
}

interface FloorFacts {
  name: string
  databaseUrl: string
  redisUrl: string
  /** Prefix of its Redis keys. */
  keyPrefix: string
  turnsMax: number
}

export interface Floor extends Contestant, FloorFacts {}

interface StageOptions {
  /** Node arguments for the product. */
  nodeArguments: readonly string[]
  /** Log plans of statements slower than this, in ms. */
  explainMs: string | undefined
}

export async function openStage({ nodeArguments, explainMs }: StageOptions): Promise<Stage> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const buildDir = await findBuild()
  const model = await Child.start(root, "bench/model.ts", {})
  const modelUrl = `http://127.0.0.1:${model.port}/v1`
  const admin = openDatabase({ url: postgres.url, connectionsMax: 1, name: "bench" })
  if (explainMs !== undefined) await explainSlow(admin, explainMs)
  const databases: Database[] = []
  let number = 0

  const createDatabase = async (): Promise<string> => {
    const name = `bench_${(number += 1)}`
    await admin.$client.unsafe(`create database ${name}`)
    const url = new URL(postgres.url)
    url.pathname = `/${name}`
    return url.href
  }
  const startServer = async (databaseUrl: string, options: ProductOptions): Promise<Child> =>
    await Child.start(
      options.folder ?? root,
      "bench/serve.ts",
      {
        NODE_ENV: "production",
        LOG_LEVEL: process.env["LOG_LEVEL"] ?? "error",
        PORT: "0",
        STUDIO_ROLE: "all",
        STUDIO_MOUNT: "front",
        // The limits are evaluated as usual but never reached.
        STUDIO_READS_PER_MINUTE: "1000000",
        STUDIO_WRITES_PER_MINUTE: "1000000",
        STUDIO_SUBMITS_PER_MINUTE: "1000000",
        STUDIO_STREAMS_PER_USER: "1000000",
        STUDIO_TITLES: "off",
        STUDIO_BUILD_DIR: buildDir,
        NEXT_TELEMETRY_DISABLED: "1",
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        STUDIO_MODEL: "openai-compatible/bench",
        OPENAI_COMPATIBLE_BASE_URL: modelUrl,
        ...(options.turnsMax === undefined
          ? {}
          : { STUDIO_TURNS_PER_PROCESS: String(options.turnsMax) }),
      },
      nodeArguments,
    )

  const startFloorProcess = async (floor: FloorFacts): Promise<Child> =>
    await Child.start(root, `bench/floor/${floor.name}.ts`, {
      DATABASE_URL: floor.databaseUrl,
      REDIS_URL: floor.redisUrl,
      MODEL_URL: modelUrl,
      TURNS_MAX: String(floor.turnsMax),
      FLOOR_NAME: floor.keyPrefix,
    })

  return {
    model,
    async startProduct(options = {}) {
      const databaseUrl = await createDatabase()
      await migrateDatabase(databaseUrl)
      const db = openDatabase({
        url: databaseUrl,
        connectionsMax: 2,
        name: "bench",
        statementTimeoutMs: 120_000,
      })
      databases.push(db)
      await seedInstallation(db)
      const token = await issueToken(db, {
        email: "bench@studio.test",
        name: "bench",
        isAdmin: false,
      })
      const conversations = await addConversations(db, options.conversations ?? 0)
      const child = await startServer(databaseUrl, options)
      return asProduct(options.name ?? "product", { child, db, databaseUrl, token }, conversations)
    },
    async joinProduct(product, options = {}) {
      const child = await startServer(product.databaseUrl, options)
      return asProduct("product", { ...product, child }, product.conversations)
    },
    async startFloor(name, turnsMax = 64) {
      const databaseUrl = await createDatabase()
      await createFloorTables(databaseUrl)
      const keyPrefix = `${name}${number}`
      const floor = { name, databaseUrl, redisUrl: redis.url, keyPrefix, turnsMax }
      return asFloor(floor, await startFloorProcess(floor))
    },
    async restartFloor(floor) {
      return asFloor(floor, await startFloorProcess(floor))
    },
    async close() {
      try {
        await model.kill()
        if (explainMs !== undefined) await keepLog(admin)
        await Promise.all([...databases, admin].map((db) => closeDatabase(db, 1)))
      } finally {
        await Promise.all([postgres.stop(), redis.stop()])
      }
    },
  }
}

/** Logs the plans of slow statements to the server's log. */
async function explainSlow(admin: Database, explainMs: string): Promise<void> {
  for (const [name, value] of [
    ["session_preload_libraries", "'auto_explain'"],
    ["auto_explain.log_min_duration", explainMs],
    ["auto_explain.log_analyze", "on"],
    ["auto_explain.log_timing", "off"],
  ]) {
    await admin.$client`load 'auto_explain'`
    await admin.$client.unsafe(`alter system set ${name} = ${value}`)
  }
  await admin.$client`select pg_reload_conf()`
}

async function keepLog(admin: Database): Promise<void> {
  const [row] = await admin.$client<{ folder: string }[]>`
    select current_setting('data_directory') as folder`
  const kept = path.join(tmpdir(), "studio-bench-postgres.log")
  await copyFile(`${path.dirname(row?.folder ?? "")}.log`, kept)
  console.log(`plans of slow statements: ${kept}`)
}

/** Pages are not measured, so any build works; without one, the tests' build is made. */
async function findBuild(): Promise<string> {
  for (const folder of [".next", testBuildDir]) {
    if (existsSync(path.join(root, folder, "BUILD_ID"))) return folder
  }
  console.log("building the pages once …")
  await ensureBuild()
  return testBuildDir
}

function asProduct(
  name: string,
  parts: Pick<Product, "child" | "db" | "databaseUrl" | "token">,
  conversations: string[],
): Product {
  const { token } = parts
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`
  return {
    ...parts,
    name,
    port: parts.child.port,
    conversations,
    submit: (id, body) =>
      `POST /v1/api/conversations/${id}/messages HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    stream: (id, cursor) =>
      `GET /v1/api/conversations/${id}/stream HTTP/1.1\r\n${head}${cursorHeader(cursor)}\r\n`,
  }
}

function asFloor(floor: FloorFacts, child: Child): Floor {
  return {
    ...floor,
    child,
    port: child.port,
    conversations: Array.from({ length: 20_000 }, () => newId()),
    submit: (id, body) =>
      `POST /submit/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    stream: (id, cursor) =>
      `GET /stream/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n${cursorHeader(cursor)}\r\n`,
  }
}

function cursorHeader(cursor: number | undefined): string {
  return cursor === undefined ? "" : `Last-Event-ID: ${cursor}\r\n`
}

/** Adds conversations of the token's owner, as the API would create them. */
async function addConversations(db: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId())
  await db.$client`
    with owner as (select id, tenant_id from users limit 1),
    agent as (select id from agents where is_default limit 1),
    created as (
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
      select given.id, owner.tenant_id, agent.id, owner.id, given.id::text
      from unnest(${ids}::uuid[]) as given (id), owner, agent
    ),
    head as (insert into heads (conversation_id) select unnest(${ids}::uuid[]))
    insert into participants (conversation_id, user_id, tenant_id)
    select given.id, owner.id, owner.tenant_id from unnest(${ids}::uuid[]) as given (id), owner`
  await db.$client`analyze`
  return ids
}

async function createFloorTables(url: string): Promise<void> {
  const db = openDatabase({ url, connectionsMax: 1, name: "bench" })
  await db.$client.unsafe(`
    create table floor_messages (
      id bigint generated always as identity primary key, conversation_id uuid not null,
      body text not null, created_at timestamptz not null default now());
    create table floor_turns (
      id bigint generated always as identity primary key, message_id bigint not null,
      conversation_id uuid not null, status text not null);
    create table floor_events (
      conversation_id uuid not null, seq int not null, event text not null, data text not null,
      primary key (conversation_id, seq))`)
  await closeDatabase(db)
}
