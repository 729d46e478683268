import { spawn, type ChildProcess } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import path from "node:path"

import { openDatabase, closeDatabase, type Database } from "#db/client.ts"

import { compileCache } from "./compile-cache.ts"
import { createTestDatabase } from "./database.ts"
import { follow, type Follower } from "./follow.ts"
import { call, type Answer } from "./http.ts"
import { startModelServer, type ModelServer } from "./model-server.ts"
import { addAgent, addConversation, addPerson, addTenant, type TestPerson } from "./people.ts"
import { waitFor } from "./wait-for.ts"

const folder = import.meta.dirname
const logCharactersMax = 2_000_000
const startLimitMs = 60_000
/** A process that does not exit is a fault of its own and is reported as one. */
const endLimitMs = 40_000

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** Sends a signal without waiting. */
  signal(name: NodeJS.Signals): void
  /** Sends a signal and waits until the process is gone. */
  kill(name?: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }>
  /** Settles when the process exits for any reason. */
  gone(): Promise<void>
  isGone(): boolean
  logs(): string
}

/** A client's view of a submit; `status` 0 = the connection broke, acceptance unknown. */
export interface Submit {
  conversationId: string
  key: string
  text: string
  status: number
  tookMs: number
  headers: Answer["headers"]
  body: Record<string, unknown>
}

interface StartOptions {
  redisUrl?: string | null
  role?: "all" | "web" | "driver"
  failpoints?: string
  leaseSeconds?: number
  toolUrl?: string
  /** An alternative route to the cluster's database, such as a proxy. */
  databaseUrl?: string
  /** Settings in addition to those of every server. */
  settings?: Record<string, string>
}

export interface Cluster {
  readonly db: Database
  readonly databaseUrl: string
  readonly person: TestPerson
  readonly submits: Submit[]
  /** The model server, outside of every process that a test kills. */
  readonly model: ModelServer
  start(options?: StartOptions): Promise<ServerProcess>
  createConversation(): Promise<string>
  submit(
    server: { url: string },
    conversationId: string,
    message?: { text?: string; key?: string },
  ): Promise<Submit>
  request(server: { url: string }, method: string, path: string, json?: unknown): Promise<Answer>
  /** A client that reconnects after every cut; `target` supplies the address. */
  follow(
    conversationId: string,
    target: () => { url: string },
    start?: { lastEventId?: number },
  ): Follower
  stop(): Promise<void>
}

/**
 * Real server processes on one database, with a model server, a person and a token.
 * @param options `databaseUrl` = an empty, migrated database of the caller's
 */
export async function createCluster(options: { databaseUrl?: string } = {}): Promise<Cluster> {
  const database = await openOrCreate(options.databaseUrl)
  const { db, url: databaseUrl } = database
  const tenantId = await addTenant(db, "Faults")
  const agentId = await addAgent(db, tenantId, { slug: "assistant", isDefault: true })
  const person = await addPerson(db, tenantId, { name: "Mira" })
  const processes: ServerProcess[] = []
  const followers: Follower[] = []
  const submits: Submit[] = []
  const model = await startModelServer()
  const request = (server: { url: string }, method: string, route: string, json?: unknown) =>
    call(server.url, method, route, { token: person.token, json })
  return {
    db,
    databaseUrl,
    person,
    submits,
    model,
    request,
    async start(startOptions = {}) {
      const server = await launch(
        environmentOf(startOptions.databaseUrl ?? databaseUrl, model.url, startOptions),
      )
      processes.push(server)
      return server
    },
    async createConversation() {
      return await addConversation(db, person, agentId)
    },
    async submit(server, conversationId, message = {}) {
      const sent = {
        text: message.text ?? `marker ${randomUUID()}`,
        key: message.key ?? randomUUID(),
      }
      const submit = await sendSubmit(request, server, { conversationId, ...sent })
      submits.push(submit)
      return submit
    },
    follow(conversationId, target, start) {
      const follower = follow({ token: person.token, conversationId, target, ...start })
      followers.push(follower)
      return follower
    },
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()))
      for (const child of processes) if (!child.isGone()) child.signal("SIGCONT")
      await Promise.all(processes.map((child) => child.kill("SIGKILL")))
      await model.close()
      await database.drop()
    },
  }
}

async function openOrCreate(url: string | undefined) {
  if (url === undefined) return await createTestDatabase()
  const db = openDatabase({ url, connectionsMax: 4, name: "studio-test" })
  return { url, db, drop: () => closeDatabase(db) }
}

async function sendSubmit(
  request: Cluster["request"],
  server: { url: string },
  sent: { conversationId: string; key: string; text: string },
): Promise<Submit> {
  const startedMs = performance.now()
  const { conversationId, text, key } = sent
  const broken = { status: 0, headers: {}, json: {} }
  const answer = await request(server, "POST", `/v1/api/conversations/${conversationId}/messages`, {
    text,
    idempotency_key: key,
  }).catch((error: unknown) => {
    if (error instanceof Error) return broken
    throw error
  })
  const tookMs = performance.now() - startedMs
  return { ...sent, status: answer.status, tookMs, headers: answer.headers, body: answer.json }
}

function environmentOf(
  databaseUrl: string,
  modelUrl: string,
  options: StartOptions,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    PORT: "0",
    LOG_LEVEL: "warn",
    STUDIO_ROLE: options.role ?? "all",
    STUDIO_MODEL: "openai-compatible/test",
    OPENAI_COMPATIBLE_BASE_URL: modelUrl,
    // One person opens hundreds of streams and sends as many messages.
    STUDIO_SUBMITS_PER_MINUTE: "0",
    STUDIO_WRITES_PER_MINUTE: "0",
    STUDIO_READS_PER_MINUTE: "0",
    // Generated titles would add an event after the `done` that tests wait for.
    STUDIO_TITLES: "off",
    STUDIO_STREAMS_PER_USER: "1000",
    STUDIO_SECRET: "a secret of fault tests, of some length",
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}),
    ...(options.failpoints === undefined ? {} : { STUDIO_FAILPOINTS: options.failpoints }),
    ...(options.leaseSeconds === undefined
      ? {}
      : { STUDIO_LEASE_SECONDS: String(options.leaseSeconds) }),
    ...(options.toolUrl === undefined ? {} : { STUDIO_TEST_TOOL_URL: options.toolUrl }),
    ...options.settings,
  }
}

/** Starts a server, which prints `listening <url>` when it is ready. */
async function launch(values: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [path.join(folder, "serve.ts")], {
    // A folder without `.env`: a developer's configuration must not affect tests.
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NODE_ENV: "production",
      ...compileCache,
      ...values,
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let logs = ""
  const keep = (chunk: Buffer) => (logs = (logs + chunk.toString()).slice(-logCharactersMax))
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const closed = once(child, "close")
  let url: string
  try {
    url = await waitFor(() => listeningUrl(child, logs), { timeoutMs: startLimitMs })
  } catch (cause) {
    child.kill("SIGKILL")
    throw new Error(`A server did not start.\n${logs.slice(-8_000)}`, { cause })
  }
  return {
    url: url.replace("localhost", "127.0.0.1"),
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    kill: (name = "SIGKILL") => kill(child, name, closed),
    gone: async () => void (await closed),
    isGone: () => hasEnded(child),
    logs: () => logs,
  }
}

function listeningUrl(child: ChildProcess, logs: string): string | null {
  if (hasEnded(child)) throw new Error("the process ended")
  return /^listening (\S+)$/m.exec(logs)?.[1] ?? null
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function kill(child: ChildProcess, name: NodeJS.Signals, closed: Promise<unknown>) {
  const startedMs = performance.now()
  if (!hasEnded(child)) child.kill(name)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error("the process does not end")), endLimitMs)
  try {
    await Promise.race([closed, late.promise])
  } finally {
    clearTimeout(timer)
  }
  return { code: child.exitCode, tookMs: performance.now() - startedMs }
}
