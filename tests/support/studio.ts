import { randomUUID } from "node:crypto"

import { createParser } from "eventsource-parser"

import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { env, type Env } from "#lib/env.ts"
import type { Failpoint } from "#lib/failures/failpoint.ts"
import { newId } from "#lib/ids.ts"
import { readRows } from "#lib/journal/read-events.ts"
import { attachStream } from "#lib/live/attach-stream.ts"
import type { Reader, StreamStart } from "#lib/live/reader.ts"
import { createLog } from "#lib/log.ts"
import type { AgentTool, Models, StepPart, StepRequest } from "#lib/models/step.ts"
import type { StreamScope } from "#lib/protocol/events.ts"
import { expandScopes } from "#lib/protocol/scopes.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { assembleRuntime, type Runtime, type StartedRuntime } from "#lib/runtime.ts"
import type { Submission } from "#lib/turns/submit/submission.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"

import { createTestDatabase } from "./database.ts"
import { waitFor } from "./wait-for.ts"

/** A scripted model call: yields its parts; numbered from 1 across the studio. */
type ScriptedStep = (
  request: StepRequest,
  callNumber: number,
) => AsyncIterable<StepPart> | Iterable<StepPart>

export const finishPart = (reason: "end" | "length" | "tools" = "end"): StepPart => ({
  type: "finish",
  reason,
  usage: { model: "test/scripted", inputTokens: 1, outputTokens: 1, costUsd: null },
})

/** Emits a text in one piece and ends. */
export function* say(text: string): Iterable<StepPart> {
  yield { type: "text", text }
  yield finishPart()
}

export interface StreamedEvent {
  id: number | null
  event: string
  data: Record<string, unknown>
}

export interface TestStudio {
  db: Database
  databaseUrl: string
  principal: Principal
  /** Number of model calls so far. */
  calls(): number
  script(step: ScriptedStep): void
  start(options?: StartOptions): Promise<StartedRuntime>
  createConversation(): Promise<string>
  stop(): Promise<void>
}

interface StartOptions {
  role?: "all" | "web" | "driver"
  redisUrl?: string | null
  redisPrefix?: string
  /** An alternative route, such as a proxy, or another role. */
  databaseUrl?: string
  attemptMsMax?: number
  failpoint?: Failpoint
  leaseSeconds?: number
  tools?: AgentTool[]
  bus?: Bus
  connectionsMax?: number
  /** Overrides for the environment. */
  env?: Partial<Env>
}

/** A database with one tenant, person and agent, for any number of runtimes. */
export async function createTestStudio(
  options: { locale?: string | undefined } = {},
): Promise<TestStudio> {
  const database = await createTestDatabase(options)
  const { db, url } = database
  const principal = await seed(db)
  const started: StartedRuntime[] = []
  let calls = 0
  let step: ScriptedStep = () => say("Hello.")
  const models: Models = {
    defaultModel: "test/scripted",
    list: async () => [],
    findFault: (id) => (id.startsWith("nobody/") ? `The model ${id} is not connected.` : null),
    async *streamStep(request) {
      calls += 1
      yield* step(request, calls)
    },
  }
  return {
    db,
    databaseUrl: url,
    principal,
    calls: () => calls,
    script(next) {
      step = next
    },
    async start(options = {}) {
      const runtime = await assembleRuntime({
        databaseUrl: options.databaseUrl ?? url,
        ...(options.connectionsMax === undefined ? {} : { connectionsMax: options.connectionsMax }),
        redisUrl: options.redisUrl ?? null,
        role: options.role ?? "all",
        models,
        log: createLog("silent"),
        // Tests use many credentials and send a thousand messages from one address.
        env: {
          ...env(),
          STUDIO_GUESSES_PER_MINUTE: 0,
          STUDIO_SUBMITS_PER_MINUTE: 0,
          STUDIO_LEASE_SECONDS: options.leaseSeconds ?? 15,
          STUDIO_TITLES: "off",
          ...options.env,
        },
        ...(options.redisPrefix === undefined ? {} : { redisPrefix: options.redisPrefix }),
        ...(options.failpoint === undefined ? {} : { failpoint: options.failpoint }),
        ...(options.attemptMsMax === undefined ? {} : { attemptMsMax: options.attemptMsMax }),
        ...(options.bus === undefined ? {} : { bus: options.bus }),
        ...(options.tools === undefined ? {} : { toolsFor: () => options.tools ?? [] }),
      })
      started.push(runtime)
      return runtime
    },
    createConversation: () => createConversation(db, principal),
    async stop() {
      await Promise.all(started.map((runtime) => runtime.stop()))
      await database.drop()
    },
  }
}

async function seed(db: Database): Promise<Principal> {
  const [tenantId, userId] = [newId(), newId()]
  const sql = db.$client
  await sql`insert into tenants (id, slug, name) values (${tenantId}, ${tenantId}, 'Test')`
  await sql`
    insert into users (id, name, email, tenant_id)
    values (${userId}, 'Mira', ${`${userId}@example.com`}, ${tenantId})`
  await sql`
    insert into agents (id, tenant_id, slug, display_name, is_default)
    values (${newId()}, ${tenantId}, 'assistant', 'Assistant', true)`
  return {
    tenantId,
    userId,
    name: "Mira",
    email: `${userId}@example.com`,
    role: "member",
    scopes: expandScopes(["user"]),
    credential: { kind: "token", id: newId() },
  }
}

async function createConversation(db: Database, principal: Principal): Promise<string> {
  const id = newId()
  const { tenantId, userId } = principal
  const sql = db.$client
  await sql`
    insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
    select ${id}::uuid, ${tenantId}, agents.id, ${userId}, ${id}
    from agents where tenant_id = ${tenantId}`
  await sql`
    insert into participants (conversation_id, user_id, tenant_id)
    values (${id}, ${userId}, ${tenantId})`
  await sql`insert into heads (conversation_id) values (${id})`
  return id
}

/** A principal as the actor of audit records. */
export function actorOf({ tenantId, userId, credential }: Principal): AuditActor {
  return {
    tenantId,
    actorId: userId,
    credentialKind: credential.kind,
    credentialId: credential.id,
    requestId: null,
    address: null,
  }
}

export function submissionOf(text: string, changes: Partial<Submission> = {}): Submission {
  return {
    text,
    attachments: [],
    browserSession: false,
    turnSource: "api",
    idempotencyKey: randomUUID(),
    identityJson: null,
    ...changes,
  }
}

/** Submits a text and returns the ids. */
export async function submitText(
  studio: TestStudio,
  runtime: Runtime,
  conversationId: string,
  text: string,
) {
  const result = await submitTurn(runtime, studio.principal, conversationId, submissionOf(text))
  if (result.outcome === "conflicting") throw new Error("a fresh key cannot conflict")
  return result
}

export interface Collected {
  /** Without typing indicators, which depend on the machine's load. */
  events: StreamedEvent[]
  /** The typing indicators. */
  active: Record<string, unknown>[]
  reader: Reader
  isEnded(): boolean
  /** Settles when the turn has ended. */
  done(turnId: string): Promise<void>
  /** The concatenated deltas that no `turn_started` dropped. */
  keptText(turnId: string): string
}

/** Attaches an immediate reader that parses the stream like a client. */
export function collect(
  studio: TestStudio,
  runtime: Runtime,
  conversationId: string,
  start: StreamStart = { kind: "after", seq: 0 },
  scope: StreamScope = "tools",
): Collected {
  const events: StreamedEvent[] = []
  const active: Record<string, unknown>[] = []
  let isEnded = false
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (event === "agent_active") return void active.push(JSON.parse(data))
      events.push({
        id: id === undefined ? null : Number(id),
        event: event ?? "message",
        data: JSON.parse(data) as Record<string, unknown>,
      })
    },
  })
  const decoder = new TextDecoder()
  const open = attachStream(runtime, {
    tenantId: studio.principal.tenantId,
    conversationId,
    start,
    scope,
  })
  const reader = open({
    write(bytes) {
      parser.feed(decoder.decode(bytes, { stream: true }))
      return true
    },
    end() {
      isEnded = true
    },
  })
  return {
    events,
    active,
    reader,
    isEnded: () => isEnded,
    keptText: (turnId) => keptTextOf(events, turnId),
    async done(turnId) {
      await waitFor(
        () => events.some((event) => event.event === "done" && event.data["turn_id"] === turnId),
        { timeoutMs: 20_000 },
      )
    },
  }
}

export function keptTextOf(events: readonly StreamedEvent[], turnId: string): string {
  let kept: StreamedEvent[] = []
  for (const event of events) {
    if (event.data["turn_id"] !== turnId) continue
    if (event.event === "turn_started") {
      const keepSeq = Number(event.data["keep_seq"])
      kept = kept.filter((earlier) => (earlier.id ?? 0) <= keepSeq)
    } else kept.push(event)
  }
  return kept
    .filter((event) => event.event === "text_delta")
    .map((event) => String(event.data["text"]))
    .join("")
}

/** The kinds of a conversation's journal rows, oldest first. */
export async function kindsOf(studio: TestStudio, conversationId: string): Promise<string[]> {
  const rows = await readRows(studio.db, {
    tenantId: studio.principal.tenantId,
    conversationId,
    rowsMax: 1_000,
  })
  return rows.map((row) => row.kind)
}

/** The context of a verb that no request asks for. */
export const noRequest = { id: null, address: null }
